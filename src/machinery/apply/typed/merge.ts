import { withEntries } from '../../values/share.ts'
import {
  asList,
  asMap,
  formOf,
  isEmptyMap,
  itemElement,
  type JsonMap,
  memberType,
} from '../model/forms.ts'
import type { PathElement } from '../model/path-element.ts'
import { sameJson } from '../model/same-json.ts'
import type { OwnedList, OwnedMap, OwnedType } from '../model/schema.ts'

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
  return sameJson(live, value) ? live : value
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
 * Live items that are not applied stay where they are between their neighbours; a live item that
 * is applied, too, waits until its turn in the applied order comes: live `a b c d` with `d x a`
 * applied gives `b c d x a`.
 */
function mergeLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  list: OwnedList,
): readonly unknown[] {
  const now = itemsOf(list, applied)
  const old = itemsOf(list, live)
  const partners = partnersOf(old)
  const elements = now.map((item) => item.element)
  const turns: Turns = {
    live: old,
    applied: new Set(elements),
    shared: elements.filter((element) => partners.has(element)),
    next: 0,
  }
  const merged: unknown[] = []
  for (const { element, value } of now) {
    merged.push(...takeLive(turns, element))
    merged.push(merge(partners.get(element), value, list.element()))
  }
  for (const item of old.slice(turns.next)) {
    if (!turns.applied.has(item.element)) merged.push(item.value)
  }
  return isSameList(merged, live) ? live : merged
}

interface Turns {
  readonly live: readonly Item[]
  readonly applied: ReadonlySet<PathElement>
  /** Elements of both lists, in the applied order, whose turn has not come. */
  readonly shared: PathElement[]
  /** How far the live list has been looked at. */
  next: number
}

/** What only the live list has and comes before an applied item, whose turn it is now. */
function takeLive(turns: Turns, element: PathElement): readonly unknown[] {
  const { live, applied, shared } = turns
  const taken: unknown[] = []
  let item = live[turns.next]
  while (item && !isTurnOf(turns, item.element, element)) {
    if (!applied.has(item.element)) taken.push(item.value)
    item = live[++turns.next]
  }
  // When nothing is waited for any more, an applied item at the front has been merged before.
  if (item && (item.element === element || shared.length === 0)) turns.next++
  if (shared[0] === element) shared.shift()
  return taken
}

function isTurnOf(turns: Turns, element: PathElement, current: PathElement): boolean {
  if (!turns.applied.has(element)) return false
  return element === current || element === turns.shared[0] || turns.shared.length === 0
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
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
