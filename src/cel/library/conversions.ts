import { CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import {
  formatCelDuration,
  formatTimestamp,
  parseCelDuration,
  parseTimestamp,
} from '../values/temporal.ts'
import {
  CelDuration,
  type CelList,
  type CelMap,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
  typeNameOf,
} from '../values/values.ts'
import { checkedInt } from './operators.ts'

const noConversion = (from: string, to: string): CelError =>
  new CelError(`type conversion error from '${from}' to '${to}'`)

/** A double as Go writes it with the fewest digits: `1e+06`, `0.5`, `+Inf`. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(value)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const decode = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string')
  }
}

const trueTexts = ['1', 't', 'T', 'true', 'TRUE', 'True']
const falseTexts = ['0', 'f', 'F', 'false', 'FALSE', 'False']

function parseBool(text: string): boolean {
  if (trueTexts.includes(text)) return true
  if (falseTexts.includes(text)) return false
  throw noConversion('string', 'bool')
}

function parseDouble(text: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN
    return special[1] === '-' ? -Infinity : Infinity
  }
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text))
    throw noConversion('string', 'double')
  return Number(text)
}

function parseWhole(text: string, type: 'int' | 'uint'): bigint {
  if (!(type === 'int' ? /^[+-]?\d{1,30}$/ : /^\d{1,30}$/).test(text)) {
    throw noConversion('string', type)
  }
  const value = BigInt(text.replace(/^\+/, ''))
  const fits = type === 'int' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)
  if (fits !== value) throw noConversion('string', type)
  return value
}

function truncated(value: number): bigint {
  if (!(Math.abs(value) < 2 ** 63)) throw new CelError('integer overflow')
  return BigInt(Math.trunc(value))
}

function unsigned(value: bigint): CelUint {
  return new CelUint(value)
}

const size = (value: CelList | CelMap): bigint => BigInt(value.size)
const letters = (text: string): bigint => BigInt(countLetters(text))

/** How many code points a text has. */
export function countLetters(text: string): number {
  let count = text.length
  // Nearly all texts are without them, which is seen much faster than counted.
  if (!/[\ud800-\udbff]/.test(text)) return count
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const next = text.charCodeAt(i + 1)
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) count--
  }
  return count
}

const second = 10n ** 9n
const seconds = (nanos: bigint): bigint => (nanos - (((nanos % second) + second) % second)) / second

const same = (value: CelValue): CelValue => value
const toInt: readonly Overload[] = [
  overload('int(int): int', same),
  overload('int(uint): int', (v: CelUint) => checkedInt(v.value)),
  overload('int(double): int', truncated),
  overload('int(string): int', (v: string) => parseWhole(v, 'int')),
  overload('int(timestamp): int', (v: CelTimestamp) => seconds(v.nanos)),
  overload('int(duration): int', (v: CelDuration) => v.nanos),
  overload('uint(uint): uint', same),
  overload('uint(int): uint', unsigned),
  overload('uint(double): uint', (v: number) => {
    if (!(v >= 0 && v < 2 ** 64)) throw new CelError('unsigned integer overflow')
    return new CelUint(BigInt(Math.trunc(v)))
  }),
  overload('uint(string): uint', (v: string) => new CelUint(parseWhole(v, 'uint'))),
  overload('double(double): double', same),
  overload('double(int): double', (v: bigint) => Number(v)),
  overload('double(uint): double', (v: CelUint) => Number(v.value)),
  overload('double(string): double', parseDouble),
]

const toText: readonly Overload[] = [
  overload('string(string): string', same),
  overload('string(bool): string', String),
  overload('string(int): string', String),
  overload('string(uint): string', (v: CelUint) => String(v.value)),
  overload('string(double): string', formatDouble),
  overload('string(bytes): string', decode),
  overload('string(timestamp): string', formatTimestamp),
  overload('string(duration): string', formatCelDuration),
  overload('bytes(bytes): bytes', same),
  overload('bytes(string): bytes', (v: string) => new TextEncoder().encode(v)),
  overload('bool(bool): bool', same),
  overload('bool(string): bool', parseBool),
]

/** Conversions between types, `size` and `type`. */
export const conversions: readonly Overload[] = [
  ...toInt,
  ...toText,
  overload('timestamp(timestamp): timestamp', same),
  overload('timestamp(int): timestamp', (v: bigint) => new CelTimestamp(v * second)),
  overload('timestamp(string): timestamp', (v: string) => {
    const parsed = parseTimestamp(v)
    if (parsed) return parsed
    throw noConversion('string', 'google.protobuf.Timestamp')
  }),
  overload('duration(duration): duration', same),
  overload('duration(int): duration', (v: bigint) => new CelDuration(v)),
  overload('duration(string): duration', (v: string) => {
    const parsed = parseCelDuration(v)
    if (parsed) return parsed
    throw noConversion('string', 'google.protobuf.Duration')
  }),
  overload('dyn(A): dyn', same),
  overload('type(A): type<A>', (v: CelValue) => new CelTypeValue(typeNameOf(v))),
  ...['size', 'member'].flatMap((form) => {
    const name = (type: string): string => (form === 'size' ? `size(${type})` : `${type}.size()`)
    return [
      overload(`${name('string')}: int`, letters),
      overload(`${name('bytes')}: int`, (v: Uint8Array) => BigInt(v.length)),
      overload(`${name('list<A>')}: int`, size),
      overload(`${name('map<A, B>')}: int`, size),
    ]
  }),
]
