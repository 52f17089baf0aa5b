import { CelCostError, CelError } from '../values/cel-error.ts'
import { celCompare, celEquals } from '../values/equal.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelDuration, CelList, CelOptional, CelUint, type CelValue } from '../values/values.ts'
import { checkedInt, orderedTypes } from './operators.ts'

const isSorted = ({ items }: CelList): boolean =>
  items.every((item, i) => i === 0 || celCompare(items[i - 1] ?? null, item) <= 0)

/** The element that none is before, in the order given. */
function extreme(name: string, wanted: -1 | 1): (list: CelList) => CelValue {
  return ({ items }) => {
    const [first, ...rest] = items
    if (first === undefined) throw new CelError(`${name} called on empty list`)
    return rest.reduce((best, item) => (celCompare(item, best) === wanted ? item : best), first)
  }
}

const sums: Readonly<Record<string, (list: CelList) => CelValue>> = {
  int: ({ items }) => items.reduce((sum: bigint, item) => checkedInt(sum + numeric(item)), 0n),
  uint: ({ items }) => new CelUint(items.reduce((sum: bigint, item) => sum + numeric(item), 0n)),
  double: ({ items }) => items.reduce((sum: number, item) => sum + Number(item), 0),
  duration: ({ items }) =>
    new CelDuration(items.reduce((sum: bigint, item) => sum + numeric(item), 0n)),
}

function numeric(value: CelValue): bigint {
  if (typeof value === 'bigint') return value
  if (value instanceof CelUint) return value.value
  if (value instanceof CelDuration) return value.nanos
  throw new CelError('no such overload')
}

const find = (index: number): bigint => BigInt(index)

function slice(list: CelList, start: bigint, end: bigint): CelList {
  const range = `cannot slice(${start}, ${end})`
  if (start < 0n || end < 0n) throw new CelError(`${range}, negative indexes not supported`)
  if (start > end) {
    throw new CelError(`${range}, start index must be less than or equal to end index`)
  }
  if (end > BigInt(list.size)) throw new CelError(`${range}, list is length ${list.size}`)
  return new CelList(list.items.slice(Number(start), Number(end)))
}

function flattened(items: readonly CelValue[], depth: number): readonly CelValue[] {
  return items.flatMap((item) =>
    item instanceof CelList ? (depth > 1 ? flattened(item.items, depth - 1) : item.items) : [item],
  )
}

function flatten(list: CelList, depth = 1n): CelList {
  if (depth < 0n) throw new CelError('level must be non-negative')
  return depth === 0n ? list : new CelList(flattened(list.items, Number(depth)))
}

/** Longer ranges are not made. */
const longestRange = 1_000_000n

function range(end: bigint): CelList {
  if (end > longestRange) throw new CelCostError()
  return new CelList(Array.from({ length: Math.max(0, Number(end)) }, (_, i) => BigInt(i)))
}

function distinct({ items }: CelList): CelList {
  const seen = new Set<CelValue>()
  const kept: CelValue[] = []
  for (const item of items) {
    const isScalar = typeof item === 'string' || typeof item === 'boolean'
    if (isScalar ? seen.has(item) : kept.some((known) => celEquals(known, item))) continue
    seen.add(item)
    kept.push(item)
  }
  return new CelList(kept)
}

/** Sorts elements by their keys; equal ones keep their places. */
function sortedBy(list: CelList, keys: CelList): CelList {
  const pairs = list.items.map((item, i) => ({ item, key: keys.items[i] ?? null }))
  return new CelList(pairs.sort((a, b) => celCompare(a.key, b.key)).map(({ item }) => item))
}

/** Functions on lists: Kubernetes' own and those of the lists extension (version 3). */
export const lists: readonly Overload[] = [
  ...orderedTypes.flatMap((type) => [
    overload(`list<${type}>.isSorted(): bool`, isSorted),
    overload(`list<${type}>.min(): ${type}`, extreme('min', -1)),
    overload(`list<${type}>.max(): ${type}`, extreme('max', 1)),
    overload(`list<${type}>.sort(): list<${type}>`, (list: CelList) => sortedBy(list, list)),
    overload(`list<A>.@sortByAssociatedKeys(list<${type}>): list<A>`, sortedBy),
  ]),
  ...Object.entries(sums).map(([type, sum]) => overload(`list<${type}>.sum(): ${type}`, sum)),
  overload('list<A>.indexOf(A): int', (list: CelList, wanted: CelValue) =>
    find(list.items.findIndex((item) => celEquals(item, wanted))),
  ),
  overload('list<A>.lastIndexOf(A): int', (list: CelList, wanted: CelValue) =>
    find(list.items.findLastIndex((item) => celEquals(item, wanted))),
  ),
  overload('list<A>.slice(int, int): list<A>', slice),
  overload('list<list<A>>.flatten(): list<A>', flatten),
  overload('list<dyn>.flatten(int): list<dyn>', flatten),
  overload('lists.range(int): list<int>', range),
  overload('list<A>.reverse(): list<A>', ({ items }: CelList) => new CelList(items.toReversed())),
  overload('list<A>.distinct(): list<A>', distinct),
  overload('list<A>.first(): optional<A>', ({ items }: CelList) => new CelOptional(items[0])),
  overload('list<A>.last(): optional<A>', ({ items }: CelList) => new CelOptional(items.at(-1))),
]
