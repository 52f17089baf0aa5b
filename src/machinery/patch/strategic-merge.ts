import { isDeepStrictEqual } from 'node:util'
import { jsonTypeOf } from '../schema/scalars.ts'
import { anySchema, type SchemaField, type SchemaNode } from '../schema/schema-node.ts'
import { badRequest, requestEntityTooLarge } from '../status/status-errors.ts'
import {
  isList,
  isMap,
  type JsonMap,
  type PatchParts,
  patchContentOf,
  readDirectives,
} from './directives.ts'
import { checkOrder, elementsWithout, mergeLists, orderList } from './strategic-lists.ts'

/**
 * Applies a strategic merge patch: a merge patch that knows the type. Lists merge by key where the schema says
 * so, and the patch may carry directives (`$patch`, `$retainKeys`, `$setElementOrder/…`,
 * `$deleteFromPrimitiveList/…`). The result shares what the patch leaves as it was.
 * @throws StatusError 400 for a malformed patch, 422 for a list of lists, 413 for one that merges the
 * same lists over and over, Error (500) otherwise, all but 413 with upstream's texts.
 */
export function applyStrategicMergePatch(
  document: unknown,
  patch: unknown,
  schema: SchemaNode,
): unknown {
  const budget = { elements: maxListElements }
  if (isMap(patch)) return mergeMaps(isMap(document) ? document : {}, patch, { schema, budget })
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`,
  )
}

/**
 * How many elements of lists a patch may have looked at: one that names the same element over and over
 * merges the lists inside it each time.
 */
const maxListElements = 2_000_000

/** What the parts of a document are merged by. */
interface MergeContext {
  readonly schema: SchemaNode
  /** What all of the patch may still use. */
  readonly budget: { elements: number }
}

/** Merges one object, field by field. */
function mergeMaps(original: JsonMap, patch: JsonMap, { schema, budget }: MergeContext): JsonMap {
  const parts = readDirectives(patch)
  if (parts.directive === 'delete') return {}
  if (parts.directive === 'replace')
    return keep(original, patchContentOf(Object.fromEntries(parts.content)) as JsonMap)
  const result = new Map(Object.entries(original))
  const { retainKeys } = parts
  if (retainKeys) for (const key of result.keys()) if (!retainKeys.has(key)) result.delete(key)
  for (const [key, value] of parts.content) {
    const merged = mergeField(result.get(key), value, { field: fieldOf(schema, key), budget })
    if (merged === undefined) result.delete(key)
    else result.set(key, merged)
  }
  applyListDirectives(result, { original, parts, schema })
  return isSame(original, result) ? original : Object.fromEntries(result)
}

interface FieldMerge {
  readonly field: SchemaField
  readonly budget: MergeContext['budget']
}

/** The field's new value; undefined when it goes. */
function mergeField(original: unknown, patch: unknown, { field, budget }: FieldMerge): unknown {
  if (patch === null) return undefined
  if (original === undefined) return patchContentOf(patch)
  if (isMap(original) && isMap(patch)) {
    if (isReplaced(field)) return keep(original, patchContentOf(patch))
    return mergeMaps(original, patch, { schema: chosen(field.schema, original), budget })
  }
  if (isList(original) && isList(patch) && field.patchStrategies?.includes('merge')) {
    spend(budget, original.length + patch.length)
    return mergeLists(original, patch, {
      mergeKey: field.patchMergeKey,
      mergeItem: (item, change) =>
        mergeMaps(item, change, { schema: itemsOf(field.schema), budget }),
    })
  }
  return keep(original, patch)
}

function spend(budget: MergeContext['budget'], elements: number): void {
  budget.elements -= elements
  if (budget.elements < 0) throw requestEntityTooLarge('the patch merges too many list elements')
}

interface MapMerge {
  readonly original: JsonMap
  readonly parts: PatchParts
  readonly schema: SchemaNode
}

function applyListDirectives(
  result: Map<string, unknown>,
  { original, parts, schema }: MapMerge,
): void {
  for (const [key, order] of parts.orders) {
    const list = result.get(key)
    if (!isList(list)) continue
    const { patchMergeKey } = fieldOf(schema, key)
    checkOrder(parts.content.get(key), order, patchMergeKey)
    result.set(key, orderList(list, order, { before: original[key], mergeKey: patchMergeKey }))
  }
  for (const [key, values] of parts.deletions) {
    const list = result.get(key)
    if (isList(list)) result.set(key, elementsWithout(list, values))
  }
}

const unknownField: SchemaField = { schema: anySchema }

function fieldOf(schema: SchemaNode, key: string): SchemaField {
  if (schema.kind === 'object') return schema.field(key) ?? unknownField
  return schema.kind === 'map' ? { schema: schema.values } : unknownField
}

function itemsOf(schema: SchemaNode): SchemaNode {
  return schema.kind === 'list' ? schema.items : anySchema
}

function chosen(schema: SchemaNode, value: unknown): SchemaNode {
  return schema.kind === 'union' ? schema.choose(value) : schema
}

function isReplaced({ patchStrategies }: SchemaField): boolean {
  return patchStrategies?.includes('replace') ?? false
}

/** The original when the new value is the same. */
function keep<T>(original: T, next: T): T {
  return isDeepStrictEqual(original, next) ? original : next
}

function isSame(original: JsonMap, result: ReadonlyMap<string, unknown>): boolean {
  const keys = Object.keys(original)
  return keys.length === result.size && keys.every((key) => result.get(key) === original[key])
}
