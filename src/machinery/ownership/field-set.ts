import { isDeepStrictEqual } from 'node:util'
import type { Ownership } from './schema.ts'

/**
 * A set of field paths in the form in which managedFields stores it: a tree whose edges are path
 * elements (`f:name`, `k:{"name":"web"}`, `v:"x"`); `.` or an empty tree marks a member. Frozen.
 *
 *     { "f:spec": { "f:replicas": {}, "f:containers": { "k:{\"name\":\"a\"}": { ".": {}, "f:image": {} } } } }
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

export const emptySet: FieldSet = Object.freeze({})

export function isEmptySet(set: FieldSet): boolean {
  return Object.keys(set).length === 0
}

/** All fields of a value, each as finely as it can be owned. */
export function fieldsOf(value: unknown, ownership: Ownership): FieldSet {
  switch (ownership.kind) {
    case 'leaf':
      return emptySet
    case 'fields':
      return isObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([name, part]) => [
              `f:${name}`,
              fieldsOf(part, ownership.child(name)),
            ]),
          )
        : emptySet
    case 'set':
      return Array.isArray(value)
        ? Object.fromEntries(value.map((item) => [`v:${JSON.stringify(item)}`, emptySet]))
        : emptySet
    case 'keyed':
      return Array.isArray(value)
        ? Object.fromEntries(
            value.map((item) => [
              keyElement(item, ownership),
              { '.': emptySet, ...fieldsOf(item, ownership.element) },
            ]),
          )
        : emptySet
  }
}

type Keyed = Extract<Ownership, { readonly kind: 'keyed' }>

/** How an element of a keyed list is called: its keys in order of their names. */
export function keyElement(item: unknown, { keys, defaults }: Keyed): string {
  const fields = isObject(item) ? item : {}
  const named = keys
    .toSorted()
    .map((key) => [key, fields[key] ?? defaults[key]] as const)
    .filter(([, value]) => value !== undefined)
  return `k:${JSON.stringify(Object.fromEntries(named))}`
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const merged: Record<string, FieldSet> = { ...a }
  for (const [element, below] of Object.entries(b)) {
    const held = merged[element]
    merged[element] = held === undefined ? below : joined(held, below)
  }
  return merged
}

/** A leaf that is a member stays one when the other side knows paths below it. */
function joined(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) && isEmptySet(b)) return a
  const merged = union(a, b)
  return isEmptySet(a) || isEmptySet(b) ? { '.': emptySet, ...merged } : merged
}

/** The members of `a` that are not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const kept = Object.entries(a).flatMap(([element, below]) => {
    const other = b[element]
    if (other === undefined) return [[element, below] as const]
    if (isEmptySet(below)) return isMember(other) ? [] : [[element, below] as const]
    const rest = difference(below, isEmptySet(other) ? { '.': emptySet } : other)
    return isEmptySet(rest) ? [] : [[element, rest] as const]
  })
  return Object.fromEntries(kept)
}

/** The members that are in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return difference(a, difference(a, b))
}

function isMember(set: FieldSet): boolean {
  return isEmptySet(set) || '.' in set
}

/** Every member as its path elements. */
export function* members(
  set: FieldSet,
  prefix: readonly string[] = [],
): Generator<readonly string[]> {
  for (const [element, below] of Object.entries(set)) {
    if (element === '.') {
      yield prefix
      continue
    }
    const path = [...prefix, element]
    if (isEmptySet(below)) yield path
    else yield* members(below, path)
  }
}

/** The part of an object at a path; undefined when there is none. */
export function valueAt(value: unknown, path: readonly string[], ownership: Ownership): unknown {
  const [element, ...rest] = path
  if (element === undefined) return value
  const name = element.slice(2)
  if (ownership.kind === 'fields' && isObject(value)) {
    return valueAt(value[name], rest, ownership.child(name))
  }
  if (!Array.isArray(value)) return undefined
  if (ownership.kind === 'keyed') {
    const found = value.find((item) => keyElement(item, ownership) === element)
    return valueAt(found, rest, ownership.element)
  }
  return value.find((item) => `v:${JSON.stringify(item)}` === element)
}

/** The members of `set` whose values differ between two objects. */
export function changedFields(
  set: FieldSet,
  before: unknown,
  after: unknown,
  ownership: Ownership,
): FieldSet {
  let changed = emptySet
  for (const path of members(set)) {
    const [a, b] = [valueAt(before, path, ownership), valueAt(after, path, ownership)]
    const same = isContainer(ownership, path)
      ? (a === undefined) === (b === undefined)
      : isDeepStrictEqual(a, b)
    if (!same) changed = union(changed, setOf(path))
  }
  return changed
}

/** An element of a keyed list, as such: only its being there counts, its fields speak for themselves. */
function isContainer(ownership: Ownership, path: readonly string[]): boolean {
  let current = ownership
  for (const element of path) {
    if (current.kind === 'fields') current = current.child(element.slice(2))
    else if (current.kind === 'keyed') current = current.element
  }
  return current.kind === 'fields' && path.at(-1)?.startsWith('k:') === true
}

function setOf(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((below, element) => ({ [element]: below }), emptySet)
}

/** A path as conflicts name it: `.spec.containers[name="web"].image`. */
export function formatPath(path: readonly string[]): string {
  return path
    .map((element) => {
      const name = element.slice(2)
      if (element.startsWith('f:')) return `.${name}`
      if (element.startsWith('v:')) return `[=${name}]`
      const keys = Object.entries(JSON.parse(name) as Record<string, unknown>)
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
    })
    .join('')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
