/** The members of a strategic merge patch that are instructions and not content. */
import { badRequest } from '../status/status-errors.ts'

export type JsonMap = Readonly<Record<string, unknown>>
export type JsonList = readonly unknown[]

export const directiveKey = '$patch'
const retainKeysKey = '$retainKeys'
const deletePrefix = '$deleteFromPrimitiveList/'
const orderPrefix = '$setElementOrder/'

/** A patch of one object, its instructions told apart from its content. */
export interface PatchParts {
  readonly content: ReadonlyMap<string, unknown>
  /** `$patch`: the object is replaced by the content, or emptied. */
  readonly directive?: 'replace' | 'delete'
  readonly retainKeys?: ReadonlySet<unknown>
  /** Values to take out of lists of scalars, by the list's name. */
  readonly deletions: ReadonlyMap<string, JsonList>
  /** The order that lists shall have, by the list's name. */
  readonly orders: ReadonlyMap<string, JsonList>
}

/** @throws Error or StatusError 400, worded as apimachinery's `mergepatch` errors. */
export function readDirectives(patch: JsonMap): PatchParts {
  const content = new Map<string, unknown>()
  const deletions = new Map<string, JsonList>()
  const orders = new Map<string, JsonList>()
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deletePrefix)) {
      deletions.set(key.slice(deletePrefix.length), listOf(value, 'primitive'))
    } else if (key.startsWith(orderPrefix)) {
      orders.set(key.slice(orderPrefix.length), listOf(value, 'setElementOrder'))
    } else if (key !== directiveKey && key !== retainKeysKey) {
      content.set(key, value)
    }
  }
  const directive = readDirective(patch)
  const retainKeys = readRetainKeys(patch, content)
  return {
    content,
    deletions,
    orders,
    ...(directive ? { directive } : {}),
    ...(retainKeys ? { retainKeys } : {}),
  }
}

/**
 * What remains of a patch where the original has nothing: content without instructions and nulls.
 * Undefined when the patch says to delete.
 */
export function patchContentOf(value: unknown): unknown {
  if (isList(value)) return value.filter((item) => !isInstruction(item)).map(patchContentOf)
  if (!isMap(value)) return value
  if (value[directiveKey] === 'delete') return undefined
  const entries = Object.entries(value)
    .filter(([key, child]) => child !== null && !isDirective(key))
    .map(([key, child]) => [key, patchContentOf(child)] as const)
    .filter(([, child]) => child !== undefined)
  return Object.fromEntries(entries)
}

/** Go's `%v` of a JSON value, as it stands in these errors: `map[image:x]`. */
export function goValue(value: unknown): string {
  if (isList(value)) return `[${value.map(goValue).join(' ')}]`
  if (!isMap(value)) return value === null ? '<nil>' : String(value)
  const keys = Object.keys(value).sort()
  return `map[${keys.map((key) => `${key}:${goValue(value[key])}`).join(' ')}]`
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: unknown): value is JsonList {
  return Array.isArray(value)
}

/** An element of a list that says what to do with the list or with another element. */
function isInstruction(item: unknown): boolean {
  return isMap(item) && directiveKey in item
}

function isDirective(key: string): boolean {
  return (
    key === directiveKey ||
    key === retainKeysKey ||
    key.startsWith(deletePrefix) ||
    key.startsWith(orderPrefix)
  )
}

function readDirective(patch: JsonMap): 'replace' | 'delete' | undefined {
  const directive = patch[directiveKey]
  if (directive === undefined || directive === 'replace' || directive === 'delete') return directive
  throw new Error(`unknown patch type [${goValue(directive)}] found in map: ${goValue(patch)}`)
}

function readRetainKeys(
  patch: JsonMap,
  content: ReadonlyMap<string, unknown>,
): ReadonlySet<unknown> | undefined {
  if (!(retainKeysKey in patch)) return undefined
  const keys = patch[retainKeysKey]
  const kept = new Set(isList(keys) ? keys : [])
  const stray = [...content].some(([key, value]) => value !== null && !kept.has(key))
  if (isList(keys) && !stray) return kept
  throw badRequest('invalid patch format of retainKeys')
}

function listOf(value: unknown, what: 'primitive' | 'setElementOrder'): JsonList {
  if (isList(value)) return value
  throw badRequest(`invalid patch format of ${what} list`)
}
