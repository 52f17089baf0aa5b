import { byteSize, bytesOf, textFrom } from '../../process/bytes.ts'
import { failureOf } from '../files/file-failures.ts'
import { awk } from './awk.ts'
import {
  byLine,
  type Filter,
  type FilterRun,
  flagValue,
  linesOf,
  type Taken,
  withoutValues,
} from './filter-lines.ts'
import { grep } from './grep.ts'
import { gzipFilter } from './gzip.ts'
import { hexdump } from './hexdump.ts'
import { sed } from './sed.ts'
import { tar } from './tar.ts'
import { translate } from './translate.ts'

const notThere = (name: string) => (path: string) =>
  [`${name}: ${path}: No such file or directory`, 1] as const
const cannotOpen = (name: string) => (path: string) =>
  [`${name}: cannot open '${path}' for reading: No such file or directory`, 1] as const

const operands = (args: readonly string[]) =>
  args.filter((arg) => arg === '-' || !arg.startsWith('-'))

export const filters: Readonly<Record<string, Filter>> = {
  cat: {
    usage: 'cat [FILE…]',
    files: operands,
    take: (out) => ({ out }),
    missing: notThere('cat'),
  },
  head: {
    usage: 'head [-n COUNT] [-c BYTES] [FILE…]',
    files: countedOperands,
    take: head,
    missing: cannotOpen('head'),
  },
  tail: {
    usage: 'tail [-f] [-n COUNT] [-c BYTES] [FILE…]',
    files: countedOperands,
    take: tail,
    missing: cannotOpen('tail'),
    isEndless: (args) => args.some((arg) => /^-\w*[fF]/.test(arg)),
  },
  wc: { usage: 'wc [-lwc] [FILE…]', files: operands, take: atEnd(count), missing: notThere('wc') },
  sort: {
    usage: 'sort [-nru] [FILE…]',
    files: operands,
    take: atEnd(sort),
    missing: (path) => [`sort: cannot read: ${path}: No such file or directory`, 2],
  },
  uniq: {
    usage: 'uniq [-c] [FILE…]',
    files: operands,
    take: atEnd(unique),
    missing: notThere('uniq'),
  },
  cut: {
    usage: 'cut [-d LETTER] -f LIST [FILE…]',
    files: (args) => withoutValues(args, 'dfc'),
    take: byLine(cut),
    missing: notThere('cut'),
  },
  tr: { usage: 'tr [-cds] SET [SET]', files: () => [], take: translate, missing: notThere('tr') },
  tee: { usage: 'tee [-a] FILE…', files: () => [], take: tee, missing: notThere('tee') },
  awk,
  gzip: gzipFilter('gzip'),
  gunzip: gzipFilter('gunzip'),
  zcat: gzipFilter('zcat'),
  grep,
  hexdump,
  sed,
  tar,
}

/** A filter that needs all of its input. */
function atEnd(whole: (text: string, run: FilterRun) => string): Filter['take'] {
  return (text, isEnd, run) => {
    run.memo.kept += text
    return isEnd ? { out: whole(run.memo.kept, run) } : {}
  }
}

function countedOperands(args: readonly string[]): readonly string[] {
  return withoutValues(args, 'nc')
}

/** `-n 5`, `-5`; ten without. */
function countOf(args: readonly string[]): string {
  return flagValue(args, 'n') ?? args.find((arg) => /^-\d+$/.test(arg))?.slice(1) ?? '10'
}

function head(text: string, isEnd: boolean, { args, memo }: FilterRun): Taken {
  const bytes = flagValue(args, 'c')
  if (bytes !== undefined) {
    memo.kept += text
    const isOver = isEnd || memo.kept.length >= Number(bytes)
    return isOver ? { out: textFrom(bytesOf(memo.kept).subarray(0, Number(bytes))), status: 0 } : {}
  }
  const count = Number(countOf(args))
  const lines = linesOf(text, isEnd, memo).slice(0, Math.max(0, count - memo.lines))
  memo.lines += lines.length
  const out = lines.map((line) => `${line}\n`).join('')
  return memo.lines >= count ? { out, status: 0 } : { out }
}

/** `-n +3` begins with the third line, `-n 3` gives the last three. */
function tail(text: string, isEnd: boolean, { args, memo }: FilterRun): Taken {
  const bytes = flagValue(args, 'c')
  const count = countOf(args)
  if (count.startsWith('+') && bytes === undefined) {
    const lines = linesOf(text, isEnd, memo)
    const from = Math.max(0, Number(count) - 1 - memo.lines)
    memo.lines += lines.length
    return { out: joined(lines.slice(from)) }
  }
  memo.kept += text
  if (!isEnd) return {}
  if (bytes !== undefined) {
    const all = bytesOf(memo.kept)
    const from = bytes.startsWith('+') ? Number(bytes) - 1 : all.length - Math.abs(Number(bytes))
    return { out: textFrom(all.subarray(Math.max(0, from))) }
  }
  const wanted = Math.abs(Number(count))
  return { out: wanted === 0 ? '' : joined(lineArray(memo.kept).slice(-wanted)) }
}

function lineArray(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function count(text: string, { args }: FilterRun): string {
  const flags = args.filter((arg) => arg.startsWith('-')).join('')
  const counts = {
    l: text.split('\n').length - 1,
    w: text.split(/\s+/).filter(Boolean).length,
    c: byteSize(text),
  }
  const chosen = Object.entries(counts).filter(([flag]) => flags === '' || flags.includes(flag))
  const names = operands(args)
  const width = chosen.length > 1 ? 7 : 1
  const numbers = chosen.map(([, number]) => String(number).padStart(width)).join(' ')
  return `${[numbers, ...names.slice(0, 1)].join(' ')}\n`
}

function sort(text: string, { args }: FilterRun): string {
  const flags = args.filter((arg) => arg.startsWith('-')).join('')
  const lines = [...lineArray(text)].sort()
  if (flags.includes('n')) lines.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b))
  if (flags.includes('r')) lines.reverse()
  return joined(flags.includes('u') ? [...new Set(lines)] : lines)
}

function unique(text: string, { args }: FilterRun): string {
  const runs: { readonly line: string; times: number }[] = []
  for (const line of lineArray(text)) {
    const last = runs.at(-1)
    if (last?.line === line) last.times++
    else runs.push({ line, times: 1 })
  }
  const counts = args.includes('-c')
  return joined(
    runs.map(({ line, times }) => (counts ? `${String(times).padStart(7)} ${line}` : line)),
  )
}

/** `-d: -f1,3-`, `-c1-4`. */
function cut(line: string, { args, spend }: FilterRun): string {
  const letters = flagValue(args, 'c')
  const delimiter = letters === undefined ? (flagValue(args, 'd') ?? '\t') : ''
  const all = line.split(delimiter)
  if (letters === undefined && all.length === 1) return line
  const ranges = (letters ?? flagValue(args, 'f') ?? '1').split(',')
  spend(all.length * ranges.length)
  const isChosen = (position: number) =>
    ranges.some((range) => {
      const [from = '', to = from] = range.split('-')
      return position >= (Number(from) || 1) && position <= (Number(to) || Number.POSITIVE_INFINITY)
    })
  return all.filter((_, index) => isChosen(index + 1)).join(delimiter)
}

/** Passes on what comes, and into files that it empties when it begins. */
function tee(text: string, isEnd: boolean, { args, memo, files, at }: FilterRun): Taken {
  const isFirst = memo.lines === 0
  memo.lines = 1
  let err = ''
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    const failed = failureOf(() => {
      if (isFirst && !args.includes('-a')) files.write(at(path), '')
      files.append(at(path), text)
    })
    if (failed) err += `tee: ${path}: ${failed.reason}\n`
  }
  if (err !== '') memo.open = [1]
  const status = isEnd && memo.open.length > 0 ? { status: 1 } : {}
  return { out: text, err, ...status }
}
