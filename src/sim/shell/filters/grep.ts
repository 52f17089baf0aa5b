import {
  type Match,
  type RegularExpression,
  RegularExpressionError,
  regularExpression,
} from '../../patterns/regular-expression.ts'
import {
  type Filter,
  type FilterRun,
  flagValue,
  linesOf,
  perLine,
  type Taken,
  withoutValues,
} from './filter-lines.ts'

/** `grep`: `-E -F -i -v -w -x -o -n -c -q -l -m N -e PATTERN`. */
export const grep: Filter = {
  usage: 'grep [-EFivwxoncqlm] [-e] PATTERN [FILE…]',
  files: (args) => operandsOf(args).slice(flagValue(args, 'e') === undefined ? 1 : 0),
  missing: (path) => [`grep: ${path}: No such file or directory`, 2],
  take(text, isEnd, run) {
    const flags = flagsOf(run.args)
    try {
      return search(patternOf(run, flags), flags, { text, isEnd, run })
    } catch (error) {
      if (!(error instanceof RegularExpressionError)) throw error
      return { err: `grep: ${error.message}\n`, status: 2 }
    }
  },
}

interface Input {
  readonly text: string
  readonly isEnd: boolean
  readonly run: FilterRun
}

function search(pattern: RegularExpression, flags: string, { text, isEnd, run }: Input): Taken {
  const { memo } = run
  const limit = flags.includes('q') ? 1 : Number(flagValue(run.args, 'm') ?? Infinity)
  let out = ''
  for (const line of linesOf(text, isEnd, memo)) {
    memo.read++
    run.spend((line.length + perLine) * pattern.cost)
    if (pattern.test(line) === flags.includes('v')) continue
    memo.lines++
    out += printed(line, flags.includes('o') ? pattern.matches(line) : undefined, flags, memo.read)
    if (memo.lines >= limit) return { out, status: 0 }
  }
  if (!isEnd) return { out }
  const counted = flags.includes('c') ? `${memo.lines}\n` : ''
  return { out: out + counted, status: memo.lines > 0 ? 0 : 1 }
}

function printed(
  line: string,
  matches: Iterable<Match> | undefined,
  flags: string,
  number: number,
): string {
  if (/[qc]/.test(flags)) return ''
  const prefix = flags.includes('n') ? `${number}:` : ''
  const texts = matches ? [...matches].map(({ groups }) => groups[0] ?? '').filter(Boolean) : [line]
  return texts.map((each) => `${prefix}${each}\n`).join('')
}

function operandsOf(args: readonly string[]): readonly string[] {
  return withoutValues(args, 'em')
}

function flagsOf(args: readonly string[]): string {
  const words: Readonly<Record<string, string>> = { '--line-buffered': '', '--color=never': '' }
  return args
    .filter((arg) => /^-\w/.test(arg) && words[arg] === undefined)
    .map((arg) => arg.replace(/[em].*/s, (rest) => rest[0] ?? ''))
    .join('')
}

function patternOf({ args }: FilterRun, flags: string): RegularExpression {
  const text = flagValue(args, 'e') ?? operandsOf(args)[0] ?? ''
  const within = flags.includes('x') ? 'line' : flags.includes('w') ? 'word' : undefined
  return regularExpression(text, {
    syntax: flags.includes('F') ? 'literal' : flags.includes('E') ? 'extended' : 'basic',
    ignoresCase: flags.includes('i'),
    ...(within ? { within } : {}),
  })
}
