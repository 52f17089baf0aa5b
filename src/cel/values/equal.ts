import { isDeepStrictEqual } from 'node:util'
import { encodeJson } from '#machinery'
import { CelError } from './cel-error.ts'
import {
  CelDuration,
  type CelKey,
  CelList,
  CelMap,
  CelMessage,
  CelObject,
  CelOpaque,
  CelOptional,
  CelPreserved,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
} from './values.ts'

/** Whether two values are equal; values of different types are not, but for numbers. */
export function celEquals(a: CelValue, b: CelValue): boolean {
  if (a === b) return true
  const x = a instanceof CelUint ? a.value : a
  const y = b instanceof CelUint ? b.value : b
  if (isNumber(x) && isNumber(y)) {
    // biome-ignore lint/suspicious/noDoubleEquals: an int equals the double of the same value.
    return x == y
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  return objectsEqual(a, b)
}

const isNumber = (value: CelValue): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

function objectsEqual(a: object, b: object): boolean {
  if (a instanceof CelList) return b instanceof CelList && listsEqual(a, b)
  if (a instanceof CelMap) return b instanceof CelMap && mapsEqual(a, b)
  if (a instanceof CelObject) return b instanceof CelObject && fieldsEqual(a, b)
  if (a instanceof CelMessage) return b instanceof CelMessage && messagesEqual(a, b)
  if (a instanceof CelOptional) return b instanceof CelOptional && optionalsEqual(a, b)
  if (a.constructor !== b.constructor) return false
  return sameClassEqual(a, b)
}

function messagesEqual(a: CelMessage, b: CelMessage): boolean {
  if (a.typeName !== b.typeName || a.fields.size !== b.fields.size) return false
  return [...a.fields].every(([name, value]) => {
    const other = b.fields.get(name)
    return other !== undefined && celEquals(value, other)
  })
}

function optionalsEqual({ value: a }: CelOptional, { value: b }: CelOptional): boolean {
  return a === undefined || b === undefined ? a === b : celEquals(a, b)
}

function sameClassEqual(a: object, b: object): boolean {
  if (a instanceof CelOpaque && b instanceof CelOpaque) return a.equals(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  if (a instanceof CelTypeValue && b instanceof CelTypeValue) return a.name === b.name
  // Moments, spans of time and data without a schema hold nothing but what they are.
  return nanosOf(a) === nanosOf(b) && isDeepStrictEqual(jsonIn(a), jsonIn(b))
}

const nanosOf = (value: object): bigint | undefined =>
  value instanceof CelTimestamp || value instanceof CelDuration ? value.nanos : undefined
const jsonIn = (value: object): unknown => (value instanceof CelPreserved ? value.json : undefined)

function listsEqual(a: CelList, b: CelList): boolean {
  if (a.size !== b.size) return false
  if (a.identity === 'set') {
    const found = membership(a.items)
    return b.items.every(found)
  }
  if (a.identity !== undefined) {
    const byKey = elementsByKey(a.items, a.identity)
    return b.items.every((element) => {
      const own = byKey.get(elementKey(element, a.identity))
      return own !== undefined && celEquals(own, element)
    })
  }
  return a.items.every((item, i) => celEquals(item, b.items[i] ?? null))
}

function mapsEqual(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false
  return a.keys.every((key) => {
    const other = b.get(key)
    const own = a.get(key)
    return other !== undefined && own !== undefined && celEquals(own, other)
  })
}

/** Fields that no expression can name count too: as they stand. */
function fieldsEqual(a: CelObject, b: CelObject): boolean {
  const declared = new Set<string>()
  for (const [name, field] of a.type.fields) {
    declared.add(field.name)
    const own = a.get(name)
    const other = b.type.fields.has(name) ? b.get(name) : undefined
    if (own === undefined || other === undefined) {
      if (own !== other) return false
    } else if (!celEquals(own, other)) return false
  }
  const rest = (json: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(Object.entries(json).filter(([k, v]) => !declared.has(k) && v !== null))
  return isDeepStrictEqual(rest(a.json), rest(b.json))
}

/** Tests of being in a list: by a table for scalars, one after the other for the rest. */
function membership(items: readonly CelValue[]): (value: CelValue) => boolean {
  const scalars = new Set<unknown>()
  const others: CelValue[] = []
  for (const item of items) {
    if (typeof item === 'string' || typeof item === 'bigint' || typeof item === 'boolean') {
      scalars.add(item)
    } else others.push(item)
  }
  return (value) => scalars.has(value) || fallback(value)

  function fallback(value: CelValue): boolean {
    const searched = typeof value === 'string' || typeof value === 'boolean' ? others : items
    return searched.some((item) => celEquals(item, value))
  }
}

/** The key of an element of a list that counts as a map. */
function elementKey(element: CelValue, identity: CelList['identity']): string {
  if (identity === undefined || identity === 'set') return ''
  if (element instanceof CelObject) {
    return encodeJson(identity.map((name) => element.json[name] ?? null))
  }
  if (element instanceof CelMap) {
    return JSON.stringify(identity.map((name) => String(element.get(name) ?? null)))
  }
  throw new CelError('unexpected data format for element of array with x-kubernetes-list-type=map')
}

function elementsByKey(
  items: readonly CelValue[],
  identity: readonly string[],
): Map<string, CelValue> {
  return new Map(items.map((item) => [elementKey(item, identity), item]))
}

/** Adds two lists: sets unite, maps of elements are merged, the others follow one another. */
export function addLists(a: CelList, b: CelList): CelList {
  if (a.identity === undefined) return new CelList([...a.items, ...b.items])
  if (a.identity === 'set') {
    const found = membership(a.items)
    return new CelList([...a.items, ...b.items.filter((item) => !found(item))], a.identity)
  }
  const merged = elementsByKey(a.items, a.identity)
  for (const [key, element] of elementsByKey(b.items, a.identity)) merged.set(key, element)
  return new CelList([...merged.values()], a.identity)
}

/** The key a value makes in a map; undefined for what can be none. */
export function celKey(value: CelValue): CelKey | undefined {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') {
    return value
  }
  if (value instanceof CelUint) return value.value
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined
}

/** -1, 0 or 1 as the first is less than, equal to or greater than the second. */
export function celCompare(a: CelValue, b: CelValue): -1 | 0 | 1 {
  const x = ordered(a)
  const y = ordered(b)
  if (Number.isNaN(x) || Number.isNaN(y)) throw new CelError('NaN values cannot be ordered')
  if (typeof x === 'string' && typeof y === 'string') return compareTexts(x, y)
  if (x instanceof Uint8Array && y instanceof Uint8Array) return signOf(Buffer.compare(x, y))
  if (typeof x === 'boolean' && typeof y === 'boolean') return signOf(Number(x) - Number(y))
  if (isNumber(x) && isNumber(y)) return x < y ? -1 : x > y ? 1 : 0
  throw new CelError('no such overload')
}

function ordered(value: CelValue): CelValue {
  if (value instanceof CelUint) return value.value
  if (value instanceof CelTimestamp || value instanceof CelDuration) return value.nanos
  return value
}

const signOf = (n: number): -1 | 0 | 1 => (n < 0 ? -1 : n > 0 ? 1 : 0)

/** By code points, as the bytes of UTF-8 compare. */
function compareTexts(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) {
      // A surrogate stands for a code point behind all others.
      const high = isSurrogate(x) !== isSurrogate(y) ? isSurrogate(x) : x > y
      return high ? 1 : -1
    }
  }
  return a.length < b.length ? -1 : 1
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff
