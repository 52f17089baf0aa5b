import type { Spend } from '../../patterns/work.ts'
import type { ProcessFiles } from '../../process/process.ts'
import type { Memo } from '../run/state.ts'

/** A command that reads its input piece by piece, or the files that it names. */
export interface Filter {
  /** The call with the options that it knows, as the documentation shows it. */
  readonly usage: string
  /** Files to read instead of the input. */
  files(args: readonly string[]): readonly string[]
  /** Takes what has come; with `isEnd` that was all. A status ends it at once. */
  take(text: string, isEnd: boolean, run: FilterRun): Taken
  /** What it says, and its status, when a file is not there. */
  missing(path: string): readonly [message: string, status: number]
  /** Whether a call reads its input; all do unless it is said. */
  needsInput?(args: readonly string[]): boolean
  /** How many letters of its input it may remember, where that is more than others need. */
  readonly keeps?: number
  /** Whether a call never ends by itself, as `tail -f` does not. */
  isEndless?(args: readonly string[]): boolean
}

export interface FilterRun {
  readonly args: readonly string[]
  readonly memo: Memo
  readonly files: ProcessFiles
  /** Pays for work that grows with the input: so many comparisons of letters. */
  readonly spend: Spend
  /** A path from where the command runs. */
  at(path: string): string
}

export interface Taken {
  readonly out?: string
  readonly err?: string
  readonly status?: number
}

/** What one line costs besides its letters, in comparisons. */
export const perLine = 100

/** A filter that looks at one line after the other. */
export function byLine(each: (line: string, run: FilterRun) => string | undefined): Filter['take'] {
  return (text, isEnd, run) => {
    const out = linesOf(text, isEnd, run.memo).map((line) => each(line, run))
    return { out: out.map((line) => (line === undefined ? '' : `${line}\n`)).join('') }
  }
}

/** The lines that are whole by now; the rest is kept. */
export function linesOf(text: string, isEnd: boolean, memo: Memo): readonly string[] {
  const lines = (memo.kept + text).split('\n')
  memo.kept = lines.pop() ?? ''
  if (!isEnd || memo.kept === '') return lines
  const last = memo.kept
  memo.kept = ''
  return [...lines, last]
}

/** Operands of a command whose flags may have their values behind a blank. */
export function withoutValues(args: readonly string[], flags: string): readonly string[] {
  const takesNext = new RegExp(`^-\\w*[${flags}]$`)
  return args.filter(
    (arg, index) => (arg === '-' || !arg.startsWith('-')) && !takesNext.test(args[index - 1] ?? ''),
  )
}

/** The value of a flag: `-n5`, `-n 5`. */
export function flagValue(args: readonly string[], flag: string): string | undefined {
  const at = args.findIndex((arg) => arg.startsWith(`-${flag}`))
  const inline = args[at]?.slice(2)
  return at < 0 ? undefined : inline || args[at + 1]
}
