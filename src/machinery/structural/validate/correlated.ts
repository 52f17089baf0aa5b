import { encodeJson } from '../../values/json.ts'
import type { Structural } from '../model/structural.ts'
import { childOf } from '../model/structural.ts'
import { isMap, type JsonMap } from '../values/json.ts'

/**
 * A value beside the one that stood in its place before, so that what an update leaves alone is tolerated
 * although it is not valid any more. Members of objects have the same place when they have the same name,
 * items of a list of type map when they have the same keys; items of other lists have none.
 */
export interface Counterpart {
  /** The member, if there is one both now and before, and the schema says what it is. */
  member(name: string): Counterpart | undefined
  item(index: number): Counterpart | undefined
  /** Whether it is what it was; what has no place in the schema never is. */
  isUnchanged(): boolean
}

/** A new value and the old one, under the schema of both. */
export function correlate(value: unknown, old: unknown, node: Structural): Counterpart {
  const children = new Map<string | number, Counterpart | undefined>()
  const child = (key: string | number, find: () => Counterpart | undefined) => {
    if (!children.has(key)) children.set(key, find())
    return children.get(key)
  }
  let before: ((item: unknown) => unknown) | undefined
  const correlated: Counterpart = {
    member: (name) =>
      child(name, () => {
        const schema = childOf(node, name)
        if (!schema || !isMap(value) || !isMap(old)) return undefined
        if (!Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined
        return correlate(value[name], old[name], schema)
      }),
    item: (index) =>
      child(index, () => {
        if (!node.items || node.listType !== 'map') return undefined
        if (!Array.isArray(value) || !Array.isArray(old)) return undefined
        before ??= itemsByKeys(old, node.listMapKeys)
        const oldItem = before(value[index])
        return oldItem === undefined ? undefined : correlate(value[index], oldItem, node.items)
      }),
    isUnchanged: () => {
      unchanged ??= isSame(value, old, node, correlated)
      return unchanged
    },
  }
  let unchanged: boolean | undefined
  return correlated
}

function isSame(value: unknown, old: unknown, node: Structural, within: Counterpart): boolean {
  if (Array.isArray(value) && Array.isArray(old)) {
    if (value.length !== old.length) return false
    if (node.listType !== 'map') return sameValue(value, old)
    return value.every((_, i) => within.item(i)?.isUnchanged() === true)
  }
  if (isMap(value) && isMap(old)) {
    const names = Object.keys(value)
    if (names.length !== Object.keys(old).length) return false
    return names.every((name) => within.member(name)?.isUnchanged() === true)
  }
  return value === old
}

/** Whether two JSON values are the same to the letter, order of members aside. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, i) => sameValue(item, b[i]))
  }
  if (!isMap(a) || !isMap(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && sameValue(a[name], b[name]))
}

/** Finds the first of some items that has the keys of a given one. */
function itemsByKeys(
  items: readonly unknown[],
  keys: readonly string[],
): (item: unknown) => unknown {
  const found = new Map<string, unknown>()
  for (const item of items) {
    const key = isMap(item) ? keyOf(item, keys) : undefined
    if (key !== undefined && !found.has(key)) found.set(key, item)
  }
  return (item) => {
    const key = isMap(item) ? keyOf(item, keys) : undefined
    return key === undefined ? undefined : found.get(key)
  }
}

/** Undefined for an item that lacks a key, or has one that is no scalar. */
function keyOf(item: JsonMap, keys: readonly string[]): string | undefined {
  const values = keys.map((key) => (Object.hasOwn(item, key) ? item[key] : undefined))
  if (values.length === 0 || values.some((value) => value === null)) return undefined
  if (values.some((value) => value === undefined || typeof value === 'object')) return undefined
  return encodeJson(values)
}
