/**
 * JSON Patch as the API server applies it. Upstream's library departs from RFC 6902 where clients
 * have come to rely on it: replacing a missing member sets it, testing one against null passes, and
 * indexes count from the end when they are negative. A general library does none of that, and
 * changes its input in place; this copies only what lies on the way to a change.
 */
import { isDeepStrictEqual } from 'node:util'
import { jsonTypeOf } from '../schema/scalars.ts'
import { genericServerResponse } from '../status/generic-response.ts'
import { badRequest, requestEntityTooLarge } from '../status/status-errors.ts'

export interface JsonPatchLimits {
  readonly maxOperations: number
  /** How many bytes all `copy` operations together may add. */
  readonly maxCopiedBytes: number
}

/** Those of the API server: 10000 operations, and no more copied than a body may have. */
export const jsonPatchLimits: JsonPatchLimits = {
  maxOperations: 10_000,
  maxCopiedBytes: 3 * 1024 * 1024,
}

/**
 * The document with all operations applied, sharing what they leave alone.
 * @throws StatusError 400 for what is no patch, 413 for too many operations, 422 when an operation
 * does not apply (upstream hides which; it stands in the error's `cause`).
 */
export function applyJsonPatch(
  document: unknown,
  patch: unknown,
  limits: JsonPatchLimits = jsonPatchLimits,
): unknown {
  const operations = checkedOperations(patch, limits)
  const budget = { bytes: limits.maxCopiedBytes }
  let current = document
  try {
    for (const operation of operations) current = applyOperation(current, operation, budget)
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error
    const status = genericServerResponse({ code: 422, serverMessage: error.message })
    status.cause = error
    throw status
  }
  return current
}

type JsonMap = Readonly<Record<string, unknown>>
type Container = readonly unknown[] | JsonMap
type Edit = (container: Container, key: string) => Container

/** An operation does not apply; the words are those of upstream's library. */
class PatchFailure extends Error {}

function checkedOperations(patch: unknown, limits: JsonPatchLimits): readonly JsonMap[] {
  if (!Array.isArray(patch)) {
    throw badRequest(
      `json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type jsonpatch.Patch`,
    )
  }
  const strange: unknown = patch.find((operation) => !isObject(operation))
  if (strange !== undefined) {
    throw badRequest(
      `json: cannot unmarshal ${jsonTypeOf(strange)} into Go value of type jsonpatch.Operation`,
    )
  }
  if (patch.length > limits.maxOperations) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${limits.maxOperations}, got ${patch.length}`,
    )
  }
  return patch as readonly JsonMap[]
}

function applyOperation(document: unknown, operation: JsonMap, budget: { bytes: number }): unknown {
  const value = operation.value ?? null
  switch (operation.op) {
    case 'add':
      return edit(document, pointer(operation, 'path'), insert(value))
    case 'remove':
      return edit(document, pointer(operation, 'path'), remove)
    case 'replace':
      if (operation.path === '') return replaceRoot(value)
      return edit(document, pointer(operation, 'path'), replace(value))
    case 'test':
      check(document, pointer(operation, 'path'), value)
      return document
    case 'move': {
      const from = pointer(operation, 'from')
      const moved = read(document, from)
      return edit(edit(document, from, remove), pointer(operation, 'path'), insert(moved))
    }
    case 'copy': {
      const copied = read(document, pointer(operation, 'from'))
      budget.bytes -= Buffer.byteLength(JSON.stringify(copied))
      if (budget.bytes < 0) throw new PatchFailure('the accumulated size increase of copy')
      return edit(document, pointer(operation, 'path'), insert(copied))
    }
    default:
      throw new PatchFailure(`Unexpected kind: ${String(operation.op ?? 'unknown')}`)
  }
}

/** The steps of a JSON pointer. What stands before the first slash does not count. */
function pointer(operation: JsonMap, member: 'path' | 'from'): readonly string[] {
  const text = operation[member]
  if (typeof text !== 'string') {
    throw new PatchFailure(`${String(operation.op)} operation failed to decode ${member}`)
  }
  const steps = text.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Copies the containers on the way to the last step and edits the innermost. */
function edit(value: unknown, steps: readonly string[], change: Edit): Container {
  const [step, ...rest] = steps
  if (step === undefined || !isContainer(value)) throw missing(steps)
  if (rest.length === 0) return change(value, step)
  return put(value, step, edit(get(value, step), rest, change))
}

function read(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps
  if (step === undefined || !isContainer(value)) throw missing(steps)
  return rest.length === 0 ? (get(value, step) ?? null) : read(get(value, step), rest)
}

function check(document: unknown, steps: readonly string[], wanted: unknown): void {
  const actual = steps.length === 0 ? document : read(document, steps)
  if (isDeepStrictEqual(actual, wanted)) return
  throw new PatchFailure(`testing value /${steps.join('/')} failed: test failed`)
}

function insert(value: unknown): Edit {
  return (container, key) => {
    if (!isList(container)) return put(container, key, value)
    if (key === '-') return [...container, value]
    // One past the end is a place too, also when counting from there.
    return container.toSpliced(indexOf(key, container.length + 1), 0, value)
  }
}

function replace(value: unknown): Edit {
  return (container, key) => put(container, key, value)
}

const remove: Edit = (container, key) => {
  if (isList(container)) return container.toSpliced(indexOf(key, container.length), 1)
  if (!Object.hasOwn(container, key)) {
    throw new PatchFailure(`Unable to remove nonexistent key: ${key}: missing value`)
  }
  return Object.fromEntries(Object.entries(container).filter(([name]) => name !== key))
}

function replaceRoot(value: unknown): Container {
  if (isContainer(value)) return value
  throw new PatchFailure('replace operation value must be object or array')
}

function get(container: Container, key: string): unknown {
  if (isList(container)) return container[indexOf(key, container.length)]
  return Object.hasOwn(container, key) ? container[key] : undefined
}

function put(container: Container, key: string, value: unknown): Container {
  if (isList(container)) return container.with(indexOf(key, container.length), value)
  // fromEntries defines keys, so that even `__proto__` is only a key, and keeps their order.
  return Object.fromEntries([...Object.entries(container), [key, value]])
}

function indexOf(key: string, length: number): number {
  if (!/^[+-]?\d+$/.test(key)) {
    throw new PatchFailure(`value was not a proper array index: '${key}'`)
  }
  const index = Number(key)
  if (index < length && index >= -length) return index < 0 ? index + length : index
  throw new PatchFailure(`Unable to access invalid index: ${index}: invalid index referenced`)
}

function missing(steps: readonly string[]): PatchFailure {
  return new PatchFailure(`doc is missing path: "/${steps.join('/')}": missing value`)
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isObject(value: unknown): value is JsonMap {
  return isContainer(value) && !Array.isArray(value)
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}
