import { countLetters } from '../library/conversions.ts'
import { CelNamedFormat } from '../library/named-formats.ts'
import { regexStates } from '../library/regex.ts'
import {
  CelList,
  CelMap,
  CelMessage,
  CelObject,
  CelOpaque,
  CelOptional,
  type CelValue,
} from '../values/values.ts'

/** Reading a letter. */
const perLetter = 0.1
/** A letter of a regular expression. */
const perRegexLetter = 0.25
/** Asking the authorizer; it allows for two in an expression. */
const authorizationCost = 350_000
/** Making a list. */
export const listCost = 10
/** Making a map. */
export const mapCost = 30
/** Making a message. */
export const structCost = 40

/** The size of a value as costs count it: letters, elements or entries, and 1 for all others. */
function sizeOf(value: CelValue | undefined): number {
  if (typeof value === 'string') return countLetters(value)
  if (value instanceof Uint8Array) return value.length
  if (value instanceof CelList || value instanceof CelMap) return value.size
  if (value instanceof CelObject) return Object.keys(value.json).length
  if (value instanceof CelMessage) return value.fields.size
  if (value instanceof CelOptional) return sizeOf(value.value)
  return value instanceof CelOpaque ? value.size : 1
}

const reading = (size: number, times = 1): number => Math.ceil(size * times * perLetter)
const matching = (text: number, pattern: number): number =>
  Math.ceil((1 + text) * perLetter) * Math.ceil(pattern * perRegexLetter)

type Cost = (args: readonly CelValue[]) => number

const first: Cost = ([value]) => reading(sizeOf(value))
const firstTwice: Cost = ([value]) => reading(sizeOf(value), 2)
const traversal: Cost = ([value]) => traversalOf(value)
const selector: Cost = ([, text]) => {
  const size = sizeOf(text)
  return listCost + reading(size) + Math.ceil(Math.ceil(size * 0.5) * (listCost + structCost))
}
const smaller: Cost = ([a, b]) =>
  a instanceof CelOpaque
    ? 1
    : Math.max(reading(Math.min(sizeOf(a), sizeOf(b))), Math.min(nested(a), nested(b)))
const texts: Cost = ([a, b]) =>
  typeof a === 'string' || a instanceof Uint8Array ? smaller([a, b ?? null]) : 1
/** Upstream counts the letters of an expression, but `(a{1,30}){1,30}` has more states than letters. */
const statesPerCost = 5
/** What reading an expression costs for each of its states or letters, where it is made while it runs. */
const compilation = 25

/** Upstream counts nothing for reading a regular expression that is no literal; here that takes longer. */
export function regexCompilationCost(name: string, pattern: CelValue | undefined): number {
  if (typeof pattern !== 'string') return 0
  if (name !== 'matches' && name !== 'find' && name !== 'findAll') return 0
  return compilation * Math.max(pattern.length, regexStates(pattern))
}

const regex: Cost = ([text, pattern]) => {
  const repeated = typeof pattern === 'string' ? regexStates(pattern) - 2 * pattern.length : 0
  const steps = Math.floor((sizeOf(text) * repeated) / statesPerCost)
  return Math.max(matching(sizeOf(text), sizeOf(pattern)), steps)
}
const pairs =
  (times: number): Cost =>
  ([a, b]) =>
    1 + Math.max(times * sizeOf(a) * sizeOf(b), nested(a), nested(b))
/** A call that makes a list of so many elements. */
const making = (size: number): number => 1 + listCost + Math.floor(size)
const elements: Cost = ([list]) => making(sizeOf(list))
/** Every element is compared with every other, at the worst. */
const ordering: Cost = (args) => {
  const list = args.at(-1)
  const isText = list instanceof CelList && list.size > 0 && typeof list.items[0] === 'string'
  return making(Math.max(sizeOf(list) ** 2 * (isText ? 2 + perLetter : 2), nested(list)))
}

/** What functions cost that do not cost 1, by upstream's numbers. */
const costs: Readonly<Record<string, Cost>> = {
  check: () => authorizationCost,
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: traversal,
  sum: traversal,
  min: traversal,
  max: traversal,
  indexOf: traversal,
  lastIndexOf: traversal,
  url: first,
  lowerAscii: first,
  upperAscii: first,
  substring: first,
  trim: first,
  quantity: first,
  isQuantity: first,
  semver: first,
  isSemver: first,
  cidr: first,
  isIP: first,
  isCIDR: first,
  ip: ([value]) => (typeof value === 'string' ? reading(sizeOf(value)) : 1),
  'ip.isCanonical': firstTwice,
  replace: firstTwice,
  split: firstTwice,
  startsWith: first,
  endsWith: first,
  'strings.quote': first,
  format: first,
  'jsonpatch.escapeKey': first,
  bytes: ([value]) => (typeof value === 'string' ? first([value]) : 1),
  string: ([value]) => (value instanceof Uint8Array ? first([value]) : 1),
  join: ([list, separator]) => reading(joinedSize(list, sizeOf(separator ?? '')), 2),
  find: regex,
  findAll: regex,
  matches: regex,
  contains: ([text, part]) => reading(sizeOf(text)) * reading(sizeOf(part)),
  containsIP: ([cidr, other]) =>
    reading(sizeOf(cidr), 2) + (typeof other === 'string' ? reading(sizeOf(other)) : 0),
  containsCIDR: ([cidr, other]) =>
    reading(sizeOf(cidr), 2) +
    reading(sizeOf(cidr)) +
    1 +
    (typeof other === 'string' ? reading(sizeOf(other)) : 0),
  validate: ([format, text]) =>
    format instanceof CelNamedFormat ? matching(sizeOf(text), format.regexSize) : 1,
  '@in': ([, collection]) =>
    collection instanceof CelList ? Math.max(collection.size, nested(collection)) : 1,
  '_==_': smaller,
  '_!=_': smaller,
  '_<_': texts,
  '_<=_': texts,
  '_>_': texts,
  '_>=_': texts,
  '_+_': ([a, b]) =>
    typeof a === 'bigint' || typeof a === 'number' ? 1 : reading(sizeOf(a) + sizeOf(b)),
  'sets.contains': pairs(1),
  'sets.intersects': pairs(1),
  'sets.equivalent': pairs(2),
  'lists.range': ([end]) => making(Math.max(0, Number(end))),
  slice: ([, start, end]) => making(Math.max(0, Number(end) - Number(start))),
  reverse: elements,
  flatten: ([list]) => making(partsOf(list)),
  distinct: ordering,
  sort: ordering,
  '@sortByAssociatedKeys': ordering,
}

const costOf: ReadonlyMap<string, Cost> = new Map(Object.entries(costs))

/** What a call costs, beside its arguments. It is known before the call is made. */
export function callCost(name: string, args: readonly CelValue[]): number {
  return costOf.get(name)?.(args) ?? 1
}

/** Comparing a part of a list of lists. */
const perPart = 0.5
/** Parts are counted up to here: more cost more than any expression may. */
const mostParts = 1_000_000

/** The values that a list, map or object consists of, all the way down. */
function* walk(value: CelValue | undefined): Iterable<CelValue> {
  const pending: CelValue[] = value === undefined ? [] : [value]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next
    if (next instanceof CelList) pending.push(...next.items)
    else if (next instanceof CelMap) {
      for (const key of next.keys) pending.push(key, next.get(key) ?? null)
    } else if (next instanceof CelMessage) pending.push(...next.fields.values())
    else if (next instanceof CelOptional && next.value !== undefined) pending.push(next.value)
  }
}

function partsOf(value: CelValue | undefined): number {
  let parts = 0
  for (const part of walk(value)) {
    parts += part instanceof CelObject ? sizeOf(part) : 1
    if (parts > mostParts) return Number.POSITIVE_INFINITY
  }
  return parts
}

/**
 * What comparing a value of lists or maps of lists or maps costs at least. Upstream counts only the
 * outermost; but the same list can stand in another many times, and would be compared each time.
 */
function nested(value: CelValue | undefined): number {
  const [sample] =
    value instanceof CelList
      ? value.items
      : value instanceof CelMap
        ? [value.get(value.keys[0] ?? '')]
        : []
  const isNested =
    sample instanceof CelList || sample instanceof CelMap || sample instanceof CelMessage
  return isNested ? Math.ceil(partsOf(value) * perPart) : 0
}

function traversalOf(value: CelValue | undefined): number {
  let cost = 0
  for (const part of walk(value)) {
    if (typeof part === 'string') cost += Math.floor(countLetters(part) * perLetter)
    else if (part instanceof Uint8Array) cost += Math.floor(part.length * perLetter)
    else if (!(part instanceof CelList || part instanceof CelMap)) cost += 1
    if (cost > mostParts) return Number.POSITIVE_INFINITY
  }
  return cost
}

function joinedSize(list: CelValue | undefined, separator: number): number {
  if (!(list instanceof CelList)) return 1
  return list.items.reduce((sum: number, item) => sum + sizeOf(item) + separator, 0)
}
