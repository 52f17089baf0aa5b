import { isDeepStrictEqual } from 'node:util'
import { withEntries } from '../share.ts'
import {
  asList,
  asMap,
  formOf,
  isEmptyMap,
  itemElement,
  type JsonMap,
  memberType,
} from './forms.ts'
import type { PathElement } from './path-element.ts'
import type { OwnedList, OwnedMap, OwnedType } from './schema.ts'

/**
 * A live value with an applied one merged into it: nothing is removed, leaves come from what is
 * applied, lists of items keep the live ones and take the order of what is applied where it differs.
 * Null removes a leaf, as decoding into upstream's types does. What does not change is the live
 * value itself.
 */
export function merge(live: unknown, applied: unknown, type: OwnedType): unknown {
  if (applied === undefined || live === applied) return live
  if (live === undefined) return withoutNulls(applied)
  switch (formOf(type, applied)) {
    case 'map': {
      const [old, now] = [asMap(live), asMap(applied)]
      if (type.map!.isAtomic || (isEmptyMap(old) && isEmptyMap(now))) return leaf(live, applied)
      return mergeMaps(old ?? {}, now ?? {}, type.map!)
    }
    case 'list': {
      const [old, now] = [asList(live) ?? [], asList(applied) ?? []]
      if (type.list!.isAtomic || old.length + now.length === 0) return leaf(live, applied)
      return mergeLists(old, now, type.list!)
    }
    case 'scalar':
      return leaf(live, applied)
  }
}

function leaf(live: unknown, applied: unknown): unknown {
  const value = withoutNulls(applied)
  return isDeepStrictEqual(live, value) ? live : value
}

/** Undefined for null; a value without the members that are null, also within lists. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => (item === null ? null : withoutNulls(item)))
    return items.every((item, i) => item === value[i]) ? value : items
  }
  return typeof value === 'object'
    ? withEntries(value as JsonMap, (_, member) => withoutNulls(member))
    : value
}

function mergeMaps(live: JsonMap, applied: JsonMap, map: OwnedMap): JsonMap {
  const merged = withEntries(live, (name, value) =>
    Object.hasOwn(applied, name) ? merge(value, applied[name], memberType(map, name)) : value,
  )
  const more: [string, unknown][] = []
  for (const name of Object.keys(applied)) {
    if (Object.hasOwn(live, name)) continue
    const value = withoutNulls(applied[name])
    if (value !== undefined) more.push([name, value])
  }
  return more.length === 0 ? merged : Object.fromEntries([...Object.entries(merged), ...more])
}

interface Item {
  readonly element: PathElement
  readonly value: unknown
}

/**
 * Walks both lists at once. Items that only the live list has stay where they are relative to their
 * neighbours; a live item that is also applied waits until its turn in the applied order comes.
 */
function mergeLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  list: OwnedList,
): readonly unknown[] {
  const old = itemsOf(list, live)
  const now = itemsOf(list, applied)
  const partners = partnersOf(old)
  const appliedElements = new Set(now.map((item) => item.element))
  const shared = now.filter((item) => partners.has(item.element)).map((item) => item.element)
  const taken = new Set<PathElement>()
  const merged: unknown[] = []
  let [i, j, next] = [0, 0, 0]
  while (i < old.length || j < now.length) {
    const left = old[i]
    const right = now[j]
    if (left && !appliedElements.has(left.element)) {
      merged.push(left.value)
      i++
      continue
    }
    const isLeftNext = left?.element === right?.element || left?.element === shared[next]
    if (left && right && next < shared.length && !isLeftNext) {
      i++ // Its turn comes later, or has been.
      continue
    }
    if (left && (left.element === right?.element || taken.has(left.element))) i++
    if (!right) continue
    if (shared[next] === right.element) next++
    taken.add(right.element)
    merged.push(merge(partners.get(right.element), right.value, list.element()))
    j++
  }
  const isSame = merged.length === live.length && merged.every((item, k) => item === live[k])
  return isSame ? live : merged
}

function itemsOf(list: OwnedList, items: readonly unknown[]): readonly Item[] {
  return items.flatMap((value) => {
    const element = itemElement(list, value)
    return element instanceof Error ? [] : [{ element, value }]
  })
}

/** The live items to merge into; of those that occur twice, none: what is applied replaces them. */
function partnersOf(items: readonly Item[]): ReadonlyMap<PathElement, unknown> {
  const partners = new Map<PathElement, unknown>()
  for (const { element, value } of items) {
    partners.set(element, partners.has(element) ? undefined : value)
  }
  return partners
}
