import { ownText } from '#lib'
import { keyElement, type PathElement, valueElement } from './path-element.ts'
import { atomicType, type OwnedList, type OwnedMap, type OwnedType } from './schema.ts'

export type JsonMap = Readonly<Record<string, unknown>>
export type Form = 'map' | 'scalar' | 'list'

/**
 * As which of its forms a type takes a value. Null and what does not fit are taken as the first
 * form that the type has, in the order map, scalar, list.
 */
export function formOf(type: OwnedType, value: unknown): Form {
  const form = jsonForm(value)
  if (form && type[form]) return form
  if (type.map) return 'map'
  return type.scalar ? 'scalar' : 'list'
}

function jsonForm(value: unknown): Form | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'object') return 'scalar'
  return Array.isArray(value) ? 'list' : 'map'
}

export function asMap(value: unknown): JsonMap | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as JsonMap
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}

export function isEmptyMap(map: JsonMap | undefined): boolean {
  for (const _ in map) return false
  return true
}

/** The type of a member; what the schema does not know is owned as a whole. */
export function memberType(map: OwnedMap, name: string): OwnedType {
  return map.field(name)?.type() ?? map.element() ?? atomicType
}

/** How an item of an associative list is identified, or an error that says why it cannot be. */
export function itemElement(list: OwnedList, item: unknown): PathElement | Error {
  const keys = list.keys()
  if (keys.length === 0) return setItemElement(item)
  if (item === null) return new Error('associative list with keys may not have a null element')
  const map = asMap(item)
  if (!map) return new Error('associative list with keys may not have non-map elements')
  const values: [string, unknown][] = []
  for (const key of keys) {
    const value = Object.hasOwn(map, key.name) ? map[key.name] : key.default
    if (value === undefined) {
      return new Error(
        `associative list with keys has an element that omits key field "${key.name}" (and doesn't have default value)`,
      )
    }
    if (keys.length === 1 && typeof value === 'string' && value.length <= maxKeptLength) {
      return oneKeyElement(key.name, value)
    }
    values.push([key.name, value])
  }
  return keyElement(values)
}

/** By the name of the key and its value: most items are told apart by one name, the same few. */
const oneKeyElements = new Map<string, Map<string, PathElement>>()
const maxValuesOfKey = 1000
const maxKeptLength = 63

function oneKeyElement(name: string, value: string): PathElement {
  let elements = oneKeyElements.get(name)
  if (!elements || elements.size >= maxValuesOfKey) {
    elements = new Map()
    oneKeyElements.set(name, elements)
  }
  let element = elements.get(value)
  if (element === undefined) {
    element = keyElement([[name, value]])
    elements.set(ownText(value), element)
  }
  return element
}

function setItemElement(item: unknown): PathElement | Error {
  if (asMap(item))
    return new Error("associative list without keys has an element that's a map type")
  if (asList(item)) return new Error('not supported: associative list with lists as elements')
  if (item === null) {
    return new Error("associative list without keys has an element that's an explicit null")
  }
  return valueElement(item)
}

/** The elements of two lists that have the same items in the same order, as most versions of one have. */
export function commonElements(
  list: OwnedList,
  a: readonly unknown[],
  b: readonly unknown[],
): readonly PathElement[] | undefined {
  if (a.length !== b.length) return undefined
  const elements: PathElement[] = []
  for (const [i, item] of b.entries()) {
    const element = itemElement(list, item)
    if (element instanceof Error) return undefined
    if (a[i] !== item && itemElement(list, a[i]) !== element) return undefined
    elements.push(element)
  }
  return new Set(elements).size === elements.length ? elements : undefined
}

/** The items of a list by their element, in order; those that cannot be identified are left out. */
export function itemsByElement(
  list: OwnedList,
  items: readonly unknown[] = [],
): Map<PathElement, readonly unknown[]> {
  const found = new Map<PathElement, unknown[]>()
  for (const item of items) {
    const element = itemElement(list, item)
    if (element instanceof Error) continue
    const same = found.get(element)
    if (same) same.push(item)
    else found.set(element, [item])
  }
  return found
}
