import { CelError } from '../values/cel-error.ts'
import { addLists, celCompare, celEquals, celKey } from '../values/equal.ts'
import { type Overload, overload } from '../values/overload.ts'
import {
  CelDuration,
  CelList,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
} from '../values/values.ts'

/** An int of 64 bits, or the error of one that is larger. */
export function checkedInt(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new CelError('integer overflow')
  return value
}

const divisor = (b: bigint): bigint => {
  if (b === 0n) throw new CelError('division by zero')
  return b
}
const modulus = (b: bigint): bigint => {
  if (b === 0n) throw new CelError('modulus by zero')
  return b
}

const arithmetic: readonly Overload[] = [
  overload('_+_(int, int): int', (a: bigint, b: bigint) => checkedInt(a + b)),
  overload('_-_(int, int): int', (a: bigint, b: bigint) => checkedInt(a - b)),
  overload('_*_(int, int): int', (a: bigint, b: bigint) => checkedInt(a * b)),
  overload('_/_(int, int): int', (a: bigint, b: bigint) => checkedInt(a / divisor(b))),
  overload('_%_(int, int): int', (a: bigint, b: bigint) => checkedInt(a % modulus(b))),
  overload('-_(int): int', (a: bigint) => checkedInt(-a)),
  overload('_+_(uint, uint): uint', (a: CelUint, b: CelUint) => new CelUint(a.value + b.value)),
  overload('_-_(uint, uint): uint', (a: CelUint, b: CelUint) => new CelUint(a.value - b.value)),
  overload('_*_(uint, uint): uint', (a: CelUint, b: CelUint) => new CelUint(a.value * b.value)),
  overload(
    '_/_(uint, uint): uint',
    (a: CelUint, b: CelUint) => new CelUint(a.value / divisor(b.value)),
  ),
  overload(
    '_%_(uint, uint): uint',
    (a: CelUint, b: CelUint) => new CelUint(a.value % modulus(b.value)),
  ),
  overload('_+_(double, double): double', (a: number, b: number) => a + b),
  overload('_-_(double, double): double', (a: number, b: number) => a - b),
  overload('_*_(double, double): double', (a: number, b: number) => a * b),
  overload('_/_(double, double): double', (a: number, b: number) => a / b),
  overload('-_(double): double', (a: number) => -a),
  overload('_+_(string, string): string', (a: string, b: string) => a + b),
  overload('_+_(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) =>
    Uint8Array.from(Buffer.concat([a, b])),
  ),
  overload('_+_(list<A>, list<A>): list<A>', addLists),
]

type Instant = CelTimestamp
type Span = CelDuration
const instant = (nanos: bigint): Instant => new CelTimestamp(nanos)
const span = (nanos: bigint): Span => new CelDuration(nanos)

const temporal: readonly Overload[] = [
  overload('_+_(timestamp, duration): timestamp', (a: Instant, b: Span) =>
    instant(a.nanos + b.nanos),
  ),
  overload('_+_(duration, timestamp): timestamp', (a: Span, b: Instant) =>
    instant(a.nanos + b.nanos),
  ),
  overload('_+_(duration, duration): duration', (a: Span, b: Span) => span(a.nanos + b.nanos)),
  overload('_-_(timestamp, timestamp): duration', (a: Instant, b: Instant) =>
    span(a.nanos - b.nanos),
  ),
  overload('_-_(timestamp, duration): timestamp', (a: Instant, b: Span) =>
    instant(a.nanos - b.nanos),
  ),
  overload('_-_(duration, duration): duration', (a: Span, b: Span) => span(a.nanos - b.nanos)),
]

const orders: Readonly<Record<string, (order: number) => boolean>> = {
  '_<_': (order) => order < 0,
  '_<=_': (order) => order <= 0,
  '_>_': (order) => order > 0,
  '_>=_': (order) => order >= 0,
}

/** Types whose values have an order. */
export const orderedTypes = [
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'timestamp',
  'duration',
]
const numbers = ['int', 'uint', 'double']
const orderedPairs = [
  ...orderedTypes.map((type) => [type, type]),
  ...numbers.flatMap((a) => numbers.filter((b) => b !== a).map((b) => [a, b])),
]

const comparisons = Object.entries(orders).flatMap(([operator, holds]) =>
  orderedPairs.map(([a, b]) =>
    overload(`${operator}(${a}, ${b}): bool`, (x: CelValue, y: CelValue) => {
      if (Number.isNaN(x) || Number.isNaN(y)) throw new CelError('NaN values cannot be ordered')
      return holds(celCompare(x, y))
    }),
  ),
)

function element(list: CelList, index: bigint): CelValue {
  const item = index < 0n ? undefined : list.items[Number(index)]
  if (item === undefined) throw new CelError(`index out of bounds: ${index}`)
  return item
}

function entry(map: CelMap, key: CelValue): CelValue {
  const wanted = celKey(key)
  const value = wanted === undefined ? undefined : map.get(wanted)
  if (value === undefined) throw new CelError(`no such key: ${String(wanted ?? key)}`)
  return value
}

const hasKey = (key: CelValue, map: CelMap): boolean => {
  const wanted = celKey(key)
  return wanted !== undefined && map.has(wanted)
}

const collections: readonly Overload[] = [
  overload('_[_](list<A>, int): A', element),
  overload('_[_](map<A, B>, A): B', entry),
  overload('_[_](optional<list<A>>, int): optional<A>', (list: CelOptional, i: bigint) =>
    optionalElement(list.value, i),
  ),
  overload('_[_](optional<map<A, B>>, A): optional<B>', (map: CelOptional, key: CelValue) =>
    optionalEntry(map.value, key),
  ),
  overload('_[?_](list<A>, int): optional<A>', optionalElement),
  overload('_[?_](map<A, B>, A): optional<B>', optionalEntry),
  overload('_[?_](optional<list<A>>, int): optional<A>', (list: CelOptional, i: bigint) =>
    optionalElement(list.value, i),
  ),
  overload('_[?_](optional<map<A, B>>, A): optional<B>', (map: CelOptional, key: CelValue) =>
    optionalEntry(map.value, key),
  ),
  overload('@in(A, list<A>): bool', (value: CelValue, list: CelList) =>
    list.items.some((item) => celEquals(item, value)),
  ),
  overload('@in(A, map<A, B>): bool', hasKey),
]

function optionalElement(list: CelValue | undefined, index: bigint): CelOptional {
  const within = list instanceof CelList && index >= 0n && index < BigInt(list.size)
  return new CelOptional(within ? list.items[Number(index)] : undefined)
}

function optionalEntry(map: CelValue | undefined, key: CelValue): CelOptional {
  const wanted = celKey(key)
  const isThere = map instanceof CelMap && wanted !== undefined && map.finds(wanted)
  return new CelOptional(isThere ? map.get(wanted) : undefined)
}

/** The operators but `&&`, `||` and `?:`, which do not evaluate all that stands beside them. */
export const operators: readonly Overload[] = [
  ...arithmetic,
  ...temporal,
  ...comparisons,
  ...collections,
  overload('!_(bool): bool', (a: boolean) => !a),
  overload('_==_(A, A): bool', celEquals),
  overload('_!=_(A, A): bool', (a: CelValue, b: CelValue) => !celEquals(a, b)),
]
