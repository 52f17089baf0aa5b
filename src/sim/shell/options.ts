import type { Options, Thread } from './state.ts'

/** What a shell is started with. */
export interface ShellStart {
  /** Undefined: it reads its input. */
  readonly script: string | undefined
  /** `$0` and the arguments of `-c`. */
  readonly args: readonly string[]
  readonly options: Options
  readonly execs: Thread['execs']
}

export const noOptions: Options = { errexit: false, pipefail: false }

/** Options at the head of words, and what comes after them. */
export interface ReadOptions {
  readonly options: Options
  /** `-c`: the first of the rest is a script. */
  readonly isCommand: boolean
  readonly rest: readonly string[]
  /** `--` stood before the rest, which therefore counts even when it is empty. */
  readonly isMarked: boolean
}

/** Reads options as `set` has them, and the command line of a shell. */
export function readOptions(words: readonly string[], held: Options): ReadOptions {
  let options = held
  let isCommand = false
  let at = 0
  for (let word = words[0]; word !== undefined && isOption(word); word = words[at]) {
    const name = takesWord(word) ? words[++at] : undefined
    options = withFlags(options, word, name)
    isCommand ||= isFlags.test(word) && word.includes('c')
    at++
  }
  const isMarked = words[at] === '--'
  return { options, isCommand, rest: words.slice(isMarked ? at + 1 : at), isMarked }
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
  return {
    errexit: word.includes('e') || name === 'errexit' ? isOn : options.errexit,
    pipefail: name === 'pipefail' ? isOn : options.pipefail,
  }
}
