import { parseDuration } from '#machinery'

/** The flags of a subcommand: what each is called, what it takes, and its default. */
export type FlagTable = Readonly<Record<string, Flag>>

type Flag =
  | { readonly takes: 'text'; readonly by: string }
  | { readonly takes: 'number'; readonly by: number }
  | { readonly takes: 'switch'; readonly by: boolean }
  /** In milliseconds. */
  | { readonly takes: 'duration'; readonly by: number }

/** The values of flags by their names. */
export interface Flags {
  text(name: string): string
  number(name: string): number
  isSet(name: string): boolean
  /** What is no flag. */
  readonly operands: readonly string[]
}

/** Flags of logging, which all subcommands take; nothing is logged that they would change. */
const logFlags: FlagTable = {
  alsologtostderr: { takes: 'switch', by: false },
  logtostderr: { takes: 'switch', by: true },
  stderrthreshold: { takes: 'text', by: '' },
  v: { takes: 'text', by: '0' },
  vmodule: { takes: 'text', by: '' },
}

type Values = Map<string, string | number | boolean>

/** Reads a command line as Go's pflag does; a text says what is wrong with it. */
export function readFlags(args: readonly string[], own: FlagTable): Flags | string {
  const table = { ...logFlags, ...own }
  const values: Values = new Map(Object.entries(table).map(([name, { by }]) => [name, by]))
  const operands: string[] = []
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') break
    const isFlag = arg.startsWith('--') || /^-v(=|$)/.test(arg)
    if (!isFlag) {
      operands.push(arg)
      continue
    }
    const wrong = readFlag(arg, rest, { table, values })
    if (wrong !== undefined) return wrong
  }
  return flagsOf(values, [...operands, ...rest])
}

interface Reading {
  readonly table: FlagTable
  readonly values: Values
}

/** Reads `--name=value` or `--name value`; what is wrong with it, undefined when nothing is. */
function readFlag(arg: string, rest: string[], { table, values }: Reading): string | undefined {
  const [name = '', given] = arg.replace(/^--?/, '').split(/=(.*)/s)
  const flag = Object.hasOwn(table, name) ? table[name] : undefined
  if (!flag) return `unknown flag: --${name}`
  const text = given ?? (flag.takes === 'switch' ? 'true' : rest.shift())
  if (text === undefined) return `flag needs an argument: --${name}`
  const value = parsed(flag, text)
  if (value === undefined) return invalid(name, flag, text)
  values.set(name, value)
  return undefined
}

const switches = new Map(
  ['1', 't', 'true'].flatMap((on, at) => [
    [on, true] as const,
    [['0', 'f', 'false'][at] ?? '', false] as const,
  ]),
)

function parsed({ takes }: Flag, text: string): string | number | boolean | undefined {
  switch (takes) {
    case 'text':
      return text
    case 'switch':
      return switches.get(text.toLowerCase())
    case 'number':
      return /^[-+]?\d{1,15}$/.test(text) ? Number(text) : undefined
    case 'duration':
      return durationMs(text)
  }
}

/** Undefined for what is no duration of Go's. */
export function durationMs(text: string): number | undefined {
  try {
    return text === '0' ? 0 : parseDuration(text)
  } catch {
    return undefined
  }
}

const parsers = { number: 'strconv.ParseInt', switch: 'strconv.ParseBool' } as const

function invalid(name: string, { takes }: Flag, text: string): string {
  const value = JSON.stringify(text)
  const why =
    takes === 'duration' || takes === 'text'
      ? `time: invalid duration ${value}`
      : `${parsers[takes]}: parsing ${value}: invalid syntax`
  return `invalid argument ${value} for "--${name}" flag: ${why}`
}

function flagsOf(
  values: ReadonlyMap<string, string | number | boolean>,
  operands: readonly string[],
): Flags {
  return {
    text: (name) => String(values.get(name) ?? ''),
    number: (name) => Number(values.get(name) ?? 0),
    isSet: (name) => values.get(name) === true,
    operands,
  }
}
