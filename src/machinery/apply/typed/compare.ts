import {
  differenceWithin,
  type FieldSet,
  isEmptySet,
  type SetBuilder,
  setBuilder,
} from '../model/field-set.ts'
import {
  asList,
  asMap,
  commonElements,
  type Form,
  formOf,
  isEmptyMap,
  itemsByElement,
  type JsonMap,
  memberType,
} from '../model/forms.ts'
import { fieldElement, type PathElement } from '../model/path-element.ts'
import { sameJson } from '../model/same-json.ts'
import type { OwnedList, OwnedMap, OwnedType } from '../model/schema.ts'

/** How a value differs from an older one. No path is in more than one of the sets. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

export function isSame(comparison: Comparison): boolean {
  const { added, modified, removed } = comparison
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed)
}

/** Without some fields and all that lies below them. */
export function withoutFields(comparison: Comparison, fields: FieldSet): Comparison {
  if (isEmptySet(fields)) return comparison
  return {
    added: differenceWithin(comparison.added, fields),
    modified: differenceWithin(comparison.modified, fields),
    removed: differenceWithin(comparison.removed, fields),
  }
}

/** Parts that the two values share are known to be the same without a look into them. */
export function compare(before: unknown, after: unknown, type: OwnedType): Comparison {
  const walk: Walk = {
    path: [],
    added: setBuilder(),
    modified: setBuilder(),
    removed: setBuilder(),
  }
  compareValues(walk, before, after, type)
  return {
    added: walk.added.build(),
    modified: walk.modified.build(),
    removed: walk.removed.build(),
  }
}

interface Walk {
  readonly path: PathElement[]
  readonly added: SetBuilder
  readonly modified: SetBuilder
  readonly removed: SetBuilder
}

/** Undefined stands for a value that is absent; at most one is. */
function compareValues(walk: Walk, before: unknown, after: unknown, type: OwnedType): void {
  if (before === after) return
  const form = formOf(type, after === undefined ? before : after)
  const formBefore = before === undefined ? form : formOf(type, before)
  if (formBefore !== form) compareAs(walk, { before, after, type, form: formBefore })
  if (!compareAs(walk, { before, after, type, form })) markAbsent(walk, before, after)
}

interface Pair {
  readonly before: unknown
  readonly after: unknown
  readonly type: OwnedType
  readonly form: Form
}

/** Whether the values were taken as a leaf, which has been marked then. */
function compareAs(walk: Walk, { before, after, type, form }: Pair): boolean {
  if (form === 'map' && !type.map!.isAtomic) {
    const [old, now] = [asMap(before), asMap(after)]
    if (!isEmptyMap(old) || !isEmptyMap(now)) {
      compareMaps(walk, type.map!, old, now)
      return false
    }
  }
  if (form === 'list' && !type.list!.isAtomic) {
    const [old, now] = [asList(before) ?? [], asList(after) ?? []]
    if (old.length + now.length > 0) {
      compareLists(walk, type.list!, old, now)
      return false
    }
  }
  const isThere = before !== undefined && after !== undefined
  if (!isThere) markAbsent(walk, before, after)
  else if (!sameJson(before, after)) walk.modified.insert(walk.path)
  return true
}

function markAbsent(walk: Walk, before: unknown, after: unknown): void {
  if (before === undefined) walk.added.insert(walk.path)
  else if (after === undefined) walk.removed.insert(walk.path)
}

function compareMaps(walk: Walk, map: OwnedMap, before: JsonMap = {}, after: JsonMap = {}): void {
  for (const name in before) {
    const now = Object.hasOwn(after, name) ? after[name] : undefined
    if (before[name] === now) continue
    walk.path.push(fieldElement(name))
    compareValues(walk, before[name], now, memberType(map, name))
    walk.path.pop()
  }
  for (const name in after) {
    if (Object.hasOwn(before, name)) continue
    walk.path.push(fieldElement(name))
    compareValues(walk, undefined, after[name], memberType(map, name))
    walk.path.pop()
  }
}

const noItems: readonly unknown[] = []

function compareLists(
  walk: Walk,
  list: OwnedList,
  before: readonly unknown[],
  after: readonly unknown[],
): void {
  const common = commonElements(list, before, after)
  for (const [i, element] of common?.entries() ?? []) {
    walk.path.push(element)
    compareValues(walk, before[i], after[i], list.element())
    walk.path.pop()
  }
  if (common) return
  const [old, now] = [itemsByElement(list, before), itemsByElement(list, after)]
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    walk.path.push(element)
    const [had, has] = [old.get(element) ?? noItems, now.get(element) ?? noItems]
    compareItems(walk, had, has, list.element())
    walk.path.pop()
  }
}

/** Items that cannot be told apart are owned together, as an atomic list would be. */
function compareItems(
  walk: Walk,
  before: readonly unknown[],
  after: readonly unknown[],
  type: OwnedType,
): void {
  const [hadTwo, hasTwo] = [before.length > 1, after.length > 1]
  if (hadTwo && hasTwo) {
    if (!sameJson(before, after)) walk.modified.insert(walk.path)
    return
  }
  compareValues(walk, hadTwo ? undefined : before[0], hasTwo ? undefined : after[0], type)
  if (hadTwo) walk.removed.insert(walk.path)
  if (hasTwo) walk.added.insert(walk.path)
}
