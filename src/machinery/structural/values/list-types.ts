/** Lists of type set and map: no item of them may occur twice. */
import { duplicateField, type FieldError, invalidField } from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import { goJson } from '../../values/go-format.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { isMap, type JsonMap } from './json.ts'

/** The items of a value's sets and maps that are there already, each named once. */
export function validateListTypes(
  value: unknown,
  node: Structural | undefined,
  path: FieldPath,
): FieldError[] {
  if (node === undefined || !hasListTypes(node)) return []
  if (Array.isArray(value)) {
    return [
      ...validateList(value, node, path),
      ...value.flatMap((item, i) => validateListTypes(item, node.items, path.index(i))),
    ]
  }
  if (!isMap(value)) return []
  const others = schemaOfOthers(node)
  return Object.entries(value).flatMap(([name, child]) => {
    const property = node.properties.get(name)
    return [
      ...(others ? validateListTypes(child, others, path.key(name)) : []),
      ...(property ? validateListTypes(child, property, path.child(name)) : []),
    ]
  })
}

const listTypesBelow = new WeakMap<Structural, boolean>()

/** Whether there are such lists at or below a node. */
function hasListTypes(node: Structural): boolean {
  let has = listTypesBelow.get(node)
  if (has !== undefined) return has
  has =
    node.listType === 'set' ||
    node.listType === 'map' ||
    [node.items, schemaOfOthers(node), ...node.properties.values()].some(
      (child) => child !== undefined && hasListTypes(child),
    )
  listTypesBelow.set(node, has)
  return has
}

function validateList(list: readonly unknown[], node: Structural, path: FieldPath): FieldError[] {
  if (node.listType === 'set') {
    return repeated(list).map((i) => duplicateField(path.index(i), list[i]))
  }
  if (node.listType !== 'map') return []
  const odd = list.findIndex((item) => item !== null && !isMap(item))
  if (odd >= 0) {
    const why = 'must be an object for an array of list-type map'
    return [invalidField(path.index(odd), list[odd], why)]
  }
  const keys = list.map((item) => keysOf(isMap(item) ? item : {}, node.listMapKeys))
  return repeated(keys).map((i) => duplicateField(path.index(i), keys[i]))
}

/** The members that tell an item apart; what it lacks is not among them. */
function keysOf(item: JsonMap, names: readonly string[]): JsonMap {
  const has = names.filter((name) => Object.hasOwn(item, name))
  return Object.fromEntries(has.map((name) => [name, item[name]]))
}

/** Where a value stands for the second time; that it stands there more often is not said again. */
function repeated(values: readonly unknown[]): readonly number[] {
  const times = new Map<unknown, number>()
  return [...values.keys()].filter((i) => {
    const value = values[i]
    // A text that cannot be mistaken for another scalar's.
    const key = typeof value === 'object' && value !== null ? `{${goJson(value)}` : scalarKey(value)
    const count = (times.get(key) ?? 0) + 1
    times.set(key, count)
    return count === 2
  })
}

function scalarKey(value: unknown): unknown {
  return typeof value === 'string' ? `"${value}` : value
}
