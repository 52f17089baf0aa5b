import type { Dialect } from '../syntax/dialect.ts'
import type { Options, Thread } from './state.ts'

/** What a shell is started with. */
export interface ShellStart {
  /** Undefined: it reads its input. */
  readonly script: string | undefined
  /** `$0` and the arguments of `-c`. */
  readonly args: readonly string[]
  readonly options: Options
  readonly execs: Thread['execs']
  readonly dialect: Dialect
  /** An option that there is not: it only says so. */
  readonly illegal?: string
}

export const noOptions: Options = {
  errexit: false,
  pipefail: false,
  nounset: false,
  xtrace: false,
}

/** Options at the head of words, and what comes after them. */
export interface ReadOptions {
  readonly options: Options
  /** `-c`: the first of the rest is a script. */
  readonly isCommand: boolean
  readonly rest: readonly string[]
  /** `--` stood before the rest, which therefore counts even when it is empty. */
  readonly isMarked: boolean
  /** An option that there is not; dash of Debian 12 knows no `pipefail`. */
  readonly illegal?: string
}

/** Reads options as `set` has them, and the command line of a shell. */
export function readOptions(
  words: readonly string[],
  held: Options,
  dialect: Dialect,
): ReadOptions {
  let options = held
  let isCommand = false
  let at = 0
  let illegal: string | undefined
  for (let word = words[0]; word !== undefined && isOption(word); word = words[at]) {
    const name = takesWord(word) ? words[++at] : undefined
    options = withFlags(options, word, name)
    if (name === 'pipefail' && dialect === 'dash') illegal ??= `-o ${name}`
    isCommand ||= isFlags.test(word) && word.includes('c')
    at++
  }
  const isMarked = words[at] === '--'
  const rest = words.slice(isMarked ? at + 1 : at)
  return { options, isCommand, rest, isMarked, ...(illegal === undefined ? {} : { illegal }) }
}

const isFlags = /^[-+]\w+$/

function isOption(word: string): boolean {
  return isFlags.test(word) || /^--./.test(word)
}

/** `-o pipefail`; and bash's long options of that kind. */
function takesWord(word: string): boolean {
  if (isFlags.test(word)) return word.includes('o')
  return word === '--rcfile' || word === '--init-file'
}

function withFlags(options: Options, word: string, name: string | undefined): Options {
  if (!isFlags.test(word)) return options
  const isOn = word.startsWith('-')
  const changed = (letter: string, long: string) => word.includes(letter) || name === long
  return {
    errexit: changed('e', 'errexit') ? isOn : options.errexit,
    nounset: changed('u', 'nounset') ? isOn : options.nounset,
    xtrace: changed('x', 'xtrace') ? isOn : options.xtrace,
    pipefail: name === 'pipefail' ? isOn : options.pipefail,
  }
}
