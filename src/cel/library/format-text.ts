import { CelCostError, CelError } from '../values/cel-error.ts'
import { formatCelDuration, formatTimestamp } from '../values/temporal.ts'
import {
  CelDuration,
  type CelKey,
  CelList,
  CelMap,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
  typeNameOf,
} from '../values/values.ts'
import { formatDouble } from './conversions.ts'

/** Places behind the point where the text states none. */
const defaultPrecision = 6
/** More places than a double has are refused. */
const maxPrecision = 100
/** Longer texts are not made. */
const longest = 1 << 24

const during = (message: string): CelError => new CelError(`error during formatting: ${message}`)
const unreadable = (message: string): CelError =>
  new CelError(`could not parse formatting clause: ${message}`)

/** Fills the clauses of a text (`%s`, `%d`, `%.2f`, `%e`, `%b`, `%x`, `%X`, `%o`) with arguments. */
export function formatText(text: string, args: readonly CelValue[]): string {
  let next = 0
  let result = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') {
      result += text[i]
      continue
    }
    if (text[i + 1] === '%') {
      result += '%'
      i++
      continue
    }
    const value = args[next]
    if (value === undefined) throw new CelError(`index ${next} out of range`)
    if (i + 1 >= text.length) throw new CelError('unexpected end of string')
    const { verb, precision, end } = readClause(text, i + 1)
    result += clause(verb, value, precision)
    if (result.length > longest) {
      throw new CelCostError()
    }
    next++
    i = end
  }
  return result
}

function readClause(text: string, at: number): { verb: string; precision: number; end: number } {
  if (text[at] !== '.') return { verb: text[at] ?? '', precision: defaultPrecision, end: at }
  let end = at + 1
  while (/\d/.test(text.charAt(end))) end++
  if (end >= text.length) {
    throw unreadable('error while parsing precision: could not find end of precision specifier')
  }
  const precision = Number.parseInt(text.slice(at + 1, end), 10)
  if (!(precision <= maxPrecision)) {
    throw unreadable(
      `error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "${text.slice(at + 1, end)}": invalid syntax`,
    )
  }
  return { verb: text[end] ?? '', precision, end }
}

function clause(verb: string, value: CelValue, precision: number): string {
  switch (verb) {
    case 's':
      return asText(value)
    case 'd':
      return String(whole(value, 'decimal clause can only be used on integers'))
    case 'o':
      return inBase(whole(value, 'octal clause can only be used on integers'), 8)
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      return inBase(whole(value, 'only integers and bools can be formatted as binary'), 2)
    case 'x':
      return hexadecimal(value)
    case 'X':
      return hexadecimal(value).toUpperCase()
    case 'f':
      return fraction(value, 'fixed-point', (n) => n.toFixed(precision))
    case 'e':
      return fraction(value, 'scientific', (n) => goExponent(n.toExponential(precision)))
    default:
      throw unreadable(`unrecognized formatting clause "${verb}"`)
  }
}

const goExponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2')

function whole(value: CelValue, message: string): bigint {
  if (typeof value === 'bigint') return value
  if (value instanceof CelUint) return value.value
  throw during(`${message}, was given ${typeNameOf(value)}`)
}

const inBase = (value: bigint, base: number): string => value.toString(base)

function hexadecimal(value: CelValue): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  const message = 'only integers, byte buffers, and strings can be formatted as hex'
  return inBase(whole(value, message), 16)
}

function fraction(value: CelValue, clauseName: string, format: (n: number) => string): string {
  const special: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity }
  const number = typeof value === 'string' ? special[value] : value
  if (typeof number !== 'number') {
    throw during(`${clauseName} clause can only be used on doubles, was given ${typeNameOf(value)}`)
  }
  if (Number.isNaN(number)) return 'NaN'
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '-∞'
  return format(number)
}

function asText(value: CelValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return formatDouble(value)
  if (value instanceof CelUint) return String(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  if (value instanceof CelTimestamp) return formatTimestamp(value)
  if (value instanceof CelDuration) return formatCelDuration(value)
  if (value instanceof CelTypeValue) return value.name
  if (value instanceof CelList) return `[${value.items.map(asLiteral).join(', ')}]`
  if (value instanceof CelMap) return mapText(value)
  throw during(
    `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeNameOf(value)}`,
  )
}

/** A value inside of a list or a map, as CEL would write it. */
function asLiteral(value: CelValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return `b${JSON.stringify(Buffer.from(value).toString())}`
  if (typeof value === 'number' && Number.isFinite(value)) return value.toFixed(defaultPrecision)
  if (typeof value === 'number') return JSON.stringify(asText(value))
  if (value instanceof CelTimestamp) return `timestamp("${formatTimestamp(value)}")`
  if (value instanceof CelDuration) return `duration("${formatCelDuration(value)}")`
  return asText(value)
}

function mapText(map: CelMap): string {
  const entries = map.keys
    .map((key): [string, CelKey] => [asLiteral(key), key])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([text, key]) => `${text}: ${asLiteral(map.get(key) ?? null)}`)
  return `{${entries.join(', ')}}`
}
