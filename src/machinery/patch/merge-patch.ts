import { isDeepStrictEqual } from 'node:util'
import { jsonTypeOf } from '../schema/scalars.ts'
import { badRequest } from '../status/status-errors.ts'

type JsonMap = Readonly<Record<string, unknown>>

/**
 * JSON Merge Patch (RFC 7386): members of the patch replace those of the document, null removes
 * them. The result shares what the patch leaves as it was.
 * @throws StatusError 400 when the patch is not an object.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (isMap(patch)) return merge(document, patch)
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`,
  )
}

function merge(target: unknown, patch: JsonMap): JsonMap {
  if (!isMap(target)) return withoutNulls(patch) as JsonMap
  const result = new Map(Object.entries(target))
  let changed = false
  for (const [key, value] of Object.entries(patch)) {
    const old = result.get(key)
    if (value === null) {
      changed = result.delete(key) || changed
      continue
    }
    const next = isMap(value) ? merge(old, value) : withoutNulls(value)
    // Of two maps the merged one is the old one unless something has changed.
    const isLeaf = !isMap(value) || !isMap(old)
    if (next === old || (isLeaf && result.has(key) && isDeepStrictEqual(next, old))) continue
    result.set(key, next)
    changed = true
  }
  return changed ? Object.fromEntries(result) : target
}

/** What is new in the document has no members that are null, also within lists. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isMap(value)) return value
  const entries = Object.entries(value).filter(([, child]) => child !== null)
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutNulls(child)]))
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
