import { posixPattern } from '../expand/pattern.ts'
import { type Filter, type FilterRun, flagValue, linesOf, withoutValues } from './filter-lines.ts'

/** `grep`: `-E -F -i -v -w -x -o -n -c -q -l -m N -e PATTERN`. */
export const grep: Filter = {
  usage: 'grep [-EFivwxoncqlm] [-e] PATTERN [FILE…]',
  files: (args) => operandsOf(args).slice(flagValue(args, 'e') === undefined ? 1 : 0),
  missing: (path) => [`grep: ${path}: No such file or directory`, 2],
  take(text, isEnd, run) {
    const { memo } = run
    const flags = flagsOf(run.args)
    const limit = flags.includes('q') ? 1 : Number(flagValue(run.args, 'm') ?? Infinity)
    const pattern = patternOf(run, flags)
    let out = ''
    for (const line of linesOf(text, isEnd, memo)) {
      memo.read++
      const found = line.match(pattern)
      if ((found !== null) === flags.includes('v')) continue
      memo.lines++
      out += told(line, found, flags, memo.read)
      if (memo.lines >= limit) return { out, status: 0 }
    }
    if (!isEnd) return { out }
    const counted = flags.includes('c') ? `${memo.lines}\n` : ''
    return { out: out + counted, status: memo.lines > 0 ? 0 : 1 }
  },
}

function told(line: string, found: RegExpMatchArray | null, flags: string, number: number): string {
  if (/[qc]/.test(flags)) return ''
  const prefix = flags.includes('n') ? `${number}:` : ''
  const texts = flags.includes('o') ? [...(found ?? [])] : [line]
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

function patternOf({ args }: FilterRun, flags: string): RegExp {
  const text = flagValue(args, 'e') ?? operandsOf(args)[0] ?? ''
  const isLiteral = flags.includes('F')
  const literal = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const { source } = isLiteral ? new RegExp(literal) : posixPattern(text, flags.includes('E'))
  const bounded = flags.includes('x') ? `^(?:${source})$` : source
  const whole = flags.includes('w') ? `\\b(?:${bounded})\\b` : bounded
  const options = (flags.includes('i') ? 'i' : '') + (flags.includes('o') ? 'g' : '')
  return new RegExp(whole, options)
}
