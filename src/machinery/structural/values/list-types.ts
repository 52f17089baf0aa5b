/** Lists of type set and map: no item of them may occur twice. */
import { duplicateField, type FieldError, invalidField } from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import { goJson } from '../../values/go-format.ts'
import { createErrorList, type ErrorList } from '../model/error-list.ts'
import { type Structural, schemaOfOthers } from '../model/structural.ts'
import { isMap, type JsonMap } from './json.ts'

/** The items of a value's sets and maps that are there already, each named once. */
export function validateListTypes(
  value: unknown,
  node: Structural | undefined,
  path: FieldPath,
): readonly FieldError[] {
  const errors = createErrorList()
  visit(value, node, path, errors)
  return errors.all
}

function visit(
  value: unknown,
  node: Structural | undefined,
  path: FieldPath,
  errors: ErrorList,
): void {
  if (node === undefined || errors.isFull || !hasListTypes(node)) return
  if (Array.isArray(value)) {
    visitList(value, node, path, errors)
    for (const [i, item] of value.entries()) visit(item, node.items, path.index(i), errors)
  }
  if (!isMap(value)) return
  const others = schemaOfOthers(node)
  for (const [name, child] of Object.entries(value)) {
    if (others) visit(child, others, path.key(name), errors)
    visit(child, node.properties.get(name), path.child(name), errors)
  }
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

function visitList(
  list: readonly unknown[],
  node: Structural,
  path: FieldPath,
  errors: ErrorList,
): void {
  const { listType } = node
  if (listType !== 'set' && listType !== 'map') return
  const odd = listType === 'map' ? list.findIndex((item) => item !== null && !isMap(item)) : -1
  if (odd >= 0) {
    const why = 'must be an object for an array of list-type map'
    errors.push(invalidField(path.index(odd), list[odd], why))
    return
  }
  const keys =
    listType === 'set'
      ? list
      : list.map((item) => keysOf(isMap(item) ? item : {}, node.listMapKeys))
  for (const i of repeated(keys)) errors.push(duplicateField(path.index(i), keys[i]))
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
