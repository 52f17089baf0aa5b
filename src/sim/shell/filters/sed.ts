import {
  type RegularExpression,
  RegularExpressionError,
  regularExpression,
} from '../../patterns/regular-expression.ts'
import { type Filter, type FilterRun, linesOf, perLine, withoutValues } from './filter-lines.ts'

type Address = { readonly line: number } | { readonly pattern: RegularExpression } | 'last'

interface SedCommand {
  readonly from: Address | undefined
  readonly to: Address | undefined
  readonly negated: boolean
  readonly act: 's' | 'p' | 'd' | 'q'
  readonly pattern?: RegularExpression
  /** Every fit is replaced, not only the first. */
  readonly isGlobal?: boolean
  readonly replacement?: string
  readonly prints?: boolean
}

/** `sed`: `-n`, `-E`, `-e SCRIPT`; `s///`, `p`, `d`, `q` with lines, `$`, patterns and ranges. */
export const sed: Filter = {
  usage: 'sed [-nEs] [-e] SCRIPT [FILE…]',
  files: (args) => operandsOf(args).slice(args.includes('-e') ? 0 : 1),
  missing: (path) => [`sed: can't read ${path}: No such file or directory`, 2],
  take(text, isEnd, run) {
    const commands = readCommands(run)
    if (typeof commands === 'string') return { err: `${commands}\n`, status: 1 }
    const needsLast = commands.some(({ from, to }) => from === 'last' || to === 'last')
    const lines = [...linesOf(text, isEnd, run.memo)]
    // Whether a line is the last is known when the next one has come.
    const held = needsLast && !isEnd ? lines.pop() : undefined
    if (held !== undefined) run.memo.kept = `${held}\n${run.memo.kept}`
    let out = ''
    for (const [index, line] of lines.entries()) {
      run.memo.lines++
      const done = edit(line, commands, run, isEnd && index === lines.length - 1)
      out += done.out
      if (done.quits) return { out, status: 0 }
    }
    return { out }
  },
}

function edit(line: string, commands: readonly SedCommand[], run: FilterRun, isLast: boolean) {
  let space = line
  let out = ''
  const isQuiet = run.args.some((arg) => /^-[nErsu]+$/.test(arg) && arg.includes('n'))
  const printed = () => out + (isQuiet ? '' : `${space}\n`)
  for (const [index, command] of commands.entries()) {
    run.spend((space.length + perLine) * costOf(command))
    if (isChosen(command, index, { space, run, isLast }) === command.negated) continue
    if (command.act === 'd') return { out, quits: false }
    if (command.act === 'q') return { out: printed(), quits: true }
    if (command.act === 'p') out += `${space}\n`
    else {
      const changed = substituted(space, command)
      if (command.prints && changed !== space) out += `${changed}\n`
      space = changed
    }
  }
  return { out: printed(), quits: false }
}

function costOf({ pattern, from, to }: SedCommand): number {
  const addresses = [from, to].map((each) =>
    typeof each === 'object' && 'pattern' in each ? each.pattern.cost : 0,
  )
  return addresses.reduce((sum, each) => sum + each, pattern?.cost ?? 1)
}

interface Where {
  readonly space: string
  readonly run: FilterRun
  readonly isLast: boolean
}

function isChosen({ from, to }: SedCommand, index: number, where: Where): boolean {
  const { memo } = where.run
  if (from === undefined) return true
  if (to === undefined) return fits(from, where)
  const isOpen = memo.open.includes(index)
  if (!isOpen && !fits(from, where)) return false
  const isEnd = isOpen
    ? fits(to, where)
    : typeof to === 'object' && 'line' in to && to.line <= memo.lines
  memo.open = [...memo.open.filter((each) => each !== index), ...(isEnd ? [] : [index])]
  return true
}

function fits(address: Address, { space, run, isLast }: Where): boolean {
  if (address === 'last') return isLast
  return 'line' in address ? address.line === run.memo.lines : address.pattern.test(space)
}

function substituted(space: string, { pattern, replacement = '', isGlobal }: SedCommand): string {
  let out = ''
  let at = 0
  for (const { start, end, groups } of pattern?.matches(space) ?? []) {
    out += space.slice(at, start) + replaced(replacement, groups)
    at = end
    if (!isGlobal) break
  }
  return out + space.slice(at)
}

function replaced(replacement: string, groups: readonly (string | undefined)[]): string {
  return replacement.replace(/\\(.)|&/gs, (whole, letter: string | undefined) => {
    if (whole === '&') return groups[0] ?? ''
    if (/\d/.test(letter ?? '')) return groups[Number(letter)] ?? ''
    return letter === 'n' ? '\n' : (letter ?? '')
  })
}

function operandsOf(args: readonly string[]): readonly string[] {
  return withoutValues(args, 'e')
}

/** The commands of a script, or why a regular expression of it cannot be used. */
function readCommands(run: FilterRun): readonly SedCommand[] | string {
  try {
    return commandsOf(run)
  } catch (error) {
    if (!(error instanceof RegularExpressionError)) throw error
    return `sed: -e expression #1, char 0: ${error.message}`
  }
}

/** The commands of a script, or what is wrong with it. */
function commandsOf({ args }: FilterRun): readonly SedCommand[] | string {
  const given = args.flatMap((arg, index) => (args[index - 1] === '-e' ? [arg] : []))
  const script = given.length > 0 ? given.join('\n') : (operandsOf(args)[0] ?? '')
  const isExtended = args.some((arg) => /^-[nErsu]+$/.test(arg) && /[Er]/.test(arg))
  const commands: SedCommand[] = []
  let rest = script.replace(/^[\s;]+/, '')
  while (rest !== '') {
    const found = readCommand(rest, isExtended ? 'extended' : 'basic')
    if (typeof found === 'string') return found
    commands.push(found.command)
    rest = found.rest.replace(/^[\s;]+/, '')
  }
  return commands
}

function readCommand(
  text: string,
  syntax: 'extended' | 'basic',
): { readonly command: SedCommand; readonly rest: string } | string {
  const address = /^(?:(\d+)|(\$)|\/((?:\\.|[^/\\])*)\/)/
  const read = (from: string) => {
    const [whole = '', line, last, pattern] = address.exec(from) ?? []
    const found: Address | undefined = line
      ? { line: Number(line) }
      : last
        ? 'last'
        : pattern === undefined
          ? undefined
          : { pattern: regularExpression(pattern, { syntax }) }
    return { found, rest: from.slice(whole.length) }
  }
  const { found: from, rest: behind } = read(text)
  const second = behind.startsWith(',') ? read(behind.slice(1)) : { found: undefined, rest: behind }
  const [, not = '', act = '', rest = ''] = /^\s*(!?)\s*(.?)([\s\S]*)$/.exec(second.rest) ?? []
  const where = { from, to: second.found, negated: not === '!' }
  if (act === 'p' || act === 'd' || act === 'q') return { command: { ...where, act }, rest }
  if (act !== 's') return `sed: -e expression #1, char 1: unknown command: \`${act}'`
  const mark = (rest[0] ?? '/').replace(/[\\\]^-]/g, '\\$&')
  const part = `((?:\\\\[\\s\\S]|[^${mark}\\\\])*)[${mark}]`
  const [whole, pattern, replacement = '', flags = ''] =
    new RegExp(`^[${mark}]${part}${part}([gpI]*)`).exec(rest) ?? []
  if (pattern === undefined) return "sed: -e expression #1, char 1: unterminated `s' command"
  const unmarked = pattern.replaceAll(`\\${rest[0]}`, rest[0] ?? '')
  const compiled = regularExpression(unmarked, { syntax, ignoresCase: flags.includes('I') })
  const command = {
    ...where,
    act: 's' as const,
    pattern: compiled,
    replacement,
    isGlobal: flags.includes('g'),
    prints: flags.includes('p'),
  }
  return { command, rest: rest.slice(whole?.length ?? 0) }
}
