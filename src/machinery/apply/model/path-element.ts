import { memoized } from '#lib'
import { goJson, goQuote } from '../../values/go-format.ts'
import { encodeJson, parseJson } from '../../values/json.ts'

/**
 * One step of a path in its canonical text, as FieldsV1 writes it: `f:NAME` a member, `k:JSON` the
 * list item with these keys, `v:JSON` the item of a set with that value, `i:N` an index. Two
 * elements are the same when their texts are.
 */
export type PathElement = string

/** From the root; the empty path is the object itself, which nobody owns. */
export type OwnedPath = readonly PathElement[]

/** Kept, since every write asks for the same few, and looks for them in sets. */
/** Longer names and keys are written by nobody but to fill the memory. */
const maxRememberedLength = 256

export const fieldElement: (name: string) => PathElement = memoized(
  (name) => `f:${name}`,
  10_000,
  maxRememberedLength,
)

/** `keys` must be sorted by name. */
export function keyElement(keys: readonly (readonly [string, unknown])[]): PathElement {
  return `k:{${keys.map(([name, value]) => `${json(name)}:${json(value)}`).join(',')}}`
}

export function valueElement(value: unknown): PathElement {
  return `v:${json(value)}`
}

/** The name that an element selects, undefined when it selects an item of a list. */
export function fieldName(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined
}

/** A path of members: `fieldPathOf('metadata', 'name')`. */
export function memberPath(...names: readonly string[]): OwnedPath {
  return names.map(fieldElement)
}

/**
 * The canonical text of what a client or an old version has written; undefined for a kind of
 * element that is not known (upstream drops those).
 * @throws Error when it is malformed.
 */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:')
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`)
  switch (text[0]) {
    case 'f':
      return text
    case 'v':
      return valueElement(parseJson(text.slice(2)))
    case 'k':
      return keyElement(keysOf(text))
    case 'i':
      return `i:${indexOf(text)}`
    default:
      return undefined
  }
}

/** Upstream's order: fields, keys, values, indexes; each by what they hold. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0
  const byKind = kinds.indexOf(a[0]!) - kinds.indexOf(b[0]!)
  if (byKind !== 0) return byKind
  switch (a[0]) {
    case 'f':
      return compareText(a, b)
    case 'k':
      return compareKeys(keysOf(a), keysOf(b))
    case 'v':
      return compareValues(parseJson(a.slice(2)), parseJson(b.slice(2)))
    default:
      return indexOf(a) - indexOf(b)
  }
}

/** For people: `.spec.ports[port=80,protocol="TCP"].name`. */
export function pathText(path: OwnedPath): string {
  return path.map(elementText).join('')
}

/** For people: `.name`, `[name="web"]`, `[="value"]`, `[0]`. */
export function elementText(element: PathElement): string {
  switch (element[0]) {
    case 'f':
      return `.${element.slice(2)}`
    case 'k':
      return `[${keysOf(element)
        .map(([name, value]) => `${name}=${valueText(value)}`)
        .join(',')}]`
    case 'v':
      return `[=${valueText(parseJson(element.slice(2)))}]`
    default:
      return `[${element.slice(2)}]`
  }
}

/** By bytes of UTF-8, as Go compares strings. */
export function compareText(a: string, b: string): number {
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/** In upstream's order. Names of fields, of which there may be many, are compared without a closer look. */
export function sortElements<T>(items: readonly T[], of: (item: T) => PathElement): readonly T[] {
  const isPlain = items.every((item) => of(item).startsWith('f:') && !surrogate.test(of(item)))
  if (!isPlain) return items.toSorted((a, b) => compareElements(of(a), of(b)))
  return items.toSorted((a, b) => (of(a) < of(b) ? -1 : 1))
}

const kinds = 'fkvi'
const surrogate = /[\ud800-\udfff]/
const escaped = /[<>&\u2028\u2029]/

function json(value: unknown): string {
  if (typeof value === 'object' && value !== null) return goJson(value)
  const text = encodeJson(value)
  return escaped.test(text) ? goJson(value) : text
}

function readKeys(element: PathElement): Keys {
  const keys: unknown = parseJson(element.slice(2))
  if (typeof keys !== 'object' || keys === null) throw new Error(`expected keys, got ${element}`)
  return Object.entries(keys).sort(([a], [b]) => compareText(a, b))
}

/** Whatever is sorted asks for the same few over and over: types of conditions, names of containers. */
const keysOf = memoized(readKeys, 1000, maxRememberedLength)

function indexOf(element: PathElement): number {
  const index = Number(element.slice(2))
  if (!/^i:[+-]?\d+$/.test(element)) throw new Error(`expected an index, got ${element}`)
  return index
}

type Keys = readonly (readonly [string, unknown])[]

function compareKeys(a: Keys, b: Keys): number {
  for (const [i, [name, value]] of a.entries()) {
    const other = b[i]
    if (!other) return 1
    const order = compareText(name, other[0]) || compareValues(value, other[1])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Numbers, strings, booleans, lists, maps, null: in this order. */
function compareValues(a: unknown, b: unknown): number {
  const byForm = formRank(a) - formRank(b)
  if (byForm !== 0) return byForm
  if (typeof a === 'string') return compareText(a, b as string)
  if (typeof a === 'object') return compareText(goJson(a), goJson(b))
  const isWide = typeof a === 'bigint' || typeof b === 'bigint'
  // Cast: of the same form, and so both numbers; those of both kinds compare exactly.
  if (isWide) return (a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0
  return Number(a) - Number(b)
}

function formRank(value: unknown): number {
  if (value === null) return 5
  if (Array.isArray(value)) return 3
  if (typeof value === 'bigint') return 0
  return ['number', 'string', 'boolean', '', 'object'].indexOf(typeof value)
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, member]) => `${name}=${valueText(member)}`)
  return `{${members.join(';')}}`
}
