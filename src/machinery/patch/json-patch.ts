/**
 * JSON Patch as the API server applies it. Upstream's library departs from RFC 6902 where clients
 * have come to rely on it: replacing a missing member sets it, testing one against null passes, and
 * indexes count from the end when they are negative. A general library does none of that, and
 * changes its input in place; this copies only what lies on the way to a change, and that once.
 */
import { jsonTypeOf } from '../schema/scalars.ts'
import { genericServerResponse } from '../status/generic-response.ts'
import { badRequest, requestEntityTooLarge } from '../status/status-errors.ts'
import { encodeJson } from '../values/json.ts'
import {
  Draft,
  type DraftContainer,
  equals,
  isContainer,
  isList,
  isPlainValue,
  itemOf,
  memberOf,
  type OpenList,
  type OpenMap,
  opened,
} from './draft.ts'

export interface JsonPatchLimits {
  readonly maxOperations: number
  /** How many bytes all `copy` operations together may add. */
  readonly maxCopiedBytes: number
  readonly maxDepth: number
}

/** Those of the API server: 10000 operations, and no more copied than a body may have. */
const jsonPatchLimits: JsonPatchLimits = {
  maxOperations: 10_000,
  maxCopiedBytes: 3 * 1024 * 1024,
  maxDepth: 1000,
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
  const draft = new Draft(document)
  try {
    for (const operation of operations)
      inWords(operation, () => applyOperation(draft, operation, budget))
    const result = draft.finish()
    checkDepth(result, limits.maxDepth)
    return result
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error
    const status = genericServerResponse({ code: 422, serverMessage: error.message })
    status.cause = error
    throw status
  }
}

type JsonMap = Readonly<Record<string, unknown>>
type Edit = (container: OpenMap | OpenList, key: string) => void

/** An operation does not apply; the words are those of upstream's library. */
class PatchFailure extends Error {
  /** Whether it is told together with the operation that met it. */
  readonly isPartial: boolean
  constructor(message: string, isPartial = false) {
    super(message)
    this.isPartial = isPartial
  }
}

/** Says of what the containers tell which operation met it. */
function inWords({ op, path }: JsonMap, apply: () => void): void {
  try {
    apply()
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error
    if (error instanceof MissingPath && op !== 'test') {
      // Upstream quotes the path for some only.
      const where = op === 'add' || op === 'remove' ? `"${error.path}"` : error.path
      const what = `doc is missing path: ${where}: missing value`
      throw new PatchFailure(`${String(op)} operation does not apply: ${what}`)
    }
    if (!error.isPartial) throw error
    // Upstream says `remove` of what replaces, too.
    const name = op === 'replace' ? 'remove' : String(op)
    throw new PatchFailure(`error in ${name} for path: '${String(path)}': ${error.message}`)
  }
}

/** A step on the way is not there. */
class MissingPath extends PatchFailure {
  readonly path: string
  constructor(path: string) {
    super(`doc is missing path: "${path}": missing value`)
    this.path = path
  }
}

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

function applyOperation(draft: Draft, operation: JsonMap, budget: { bytes: number }): void {
  const value = operation.value ?? null
  switch (operation.op) {
    case 'add':
      edit(draft, pointer(operation, 'path'), insert(value))
      break
    case 'remove':
      edit(draft, pointer(operation, 'path'), remove)
      break
    case 'replace':
      if (operation.path === '') draft.root = checkedRoot(value)
      else edit(draft, pointer(operation, 'path'), replace(value))
      break
    case 'test':
      check(draft, pointer(operation, 'path'), value)
      break
    case 'move': {
      const from = pointer(operation, 'from')
      const moved = read(draft, from)
      edit(draft, from, remove)
      edit(draft, pointer(operation, 'path'), insert(moved))
      break
    }
    case 'copy': {
      const copied = isPlainValue(read(draft, pointer(operation, 'from')))
      budget.bytes -= Buffer.byteLength(encodeJson(copied))
      if (budget.bytes < 0) throw new PatchFailure('the accumulated size increase of copy')
      edit(draft, pointer(operation, 'path'), insert(copied))
      break
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

/** Opens the containers on the way to the last step and edits the innermost. */
function edit(draft: Draft, steps: readonly string[], change: Edit): void {
  const last = steps.at(-1)
  if (last === undefined || !isContainer(draft.root)) throw missing(steps)
  let container = opened(draft.root)
  draft.root = container
  for (let i = 0; i < steps.length - 1; i++) {
    const step = steps[i]!
    const child = get(container, step)
    if (!isContainer(child)) throw missing(steps)
    const inner = opened(child)
    if (inner !== child) put(container, step, inner)
    container = inner
  }
  change(container, last)
}

function read(draft: Draft, steps: readonly string[]): unknown {
  let value = draft.root
  if (steps.length === 0) throw missing(steps)
  for (const step of steps) {
    if (!isContainer(value)) throw missing(steps)
    value = get(value, step)
  }
  return value ?? null
}

function check(draft: Draft, steps: readonly string[], wanted: unknown): void {
  const actual = steps.length === 0 ? draft.root : read(draft, steps)
  if (equals(actual, wanted)) return
  throw new PatchFailure(`testing value /${steps.join('/')} failed: test failed`)
}

function insert(value: unknown): Edit {
  return (container, key) => {
    if (container instanceof Map) container.set(key, value)
    else if (key === '-') container.insert(container.length, value)
    // One past the end is a place too, also when counting from there.
    else container.insert(indexOf(key, container.length + 1), value)
  }
}

function replace(value: unknown): Edit {
  return (container, key) => put(container, key, value)
}

const remove: Edit = (container, key) => {
  if (!(container instanceof Map)) container.remove(indexOf(key, container.length))
  else if (!container.delete(key)) {
    throw new PatchFailure(`Unable to remove nonexistent key: ${key}: missing value`, true)
  }
}

function checkedRoot(value: unknown): DraftContainer {
  if (isContainer(value)) return value
  throw new PatchFailure('replace operation value must be object or array')
}

function get(container: DraftContainer, key: string): unknown {
  return isList(container)
    ? itemOf(container, indexOf(key, container.length))
    : memberOf(container, key)
}

function put(container: OpenMap | OpenList, key: string, value: unknown): void {
  if (container instanceof Map) container.set(key, value)
  else container.set(indexOf(key, container.length), value)
}

/** Operations may nest what no body could: `add` below what another has added. */
function checkDepth(value: unknown, maxDepth: number): void {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new PatchFailure('exceeded max depth')
    level = level.flatMap((each) =>
      isContainer(each) ? Object.values(each).filter(isContainer) : [],
    )
  }
}

/** Longer ones lie beyond any list, and digits without end would cost time to read. */
const maxIndexLength = 20

function indexOf(key: string, length: number): number {
  if (key.length > maxIndexLength || !/^[+-]?\d+$/.test(key)) {
    throw new PatchFailure(`value was not a proper array index: '${key}'`, true)
  }
  const index = Number(key)
  if (index < length && index >= -length) return index < 0 ? index + length : index
  throw new PatchFailure(`Unable to access invalid index: ${index}: invalid index referenced`, true)
}

function missing(steps: readonly string[]): PatchFailure {
  return new MissingPath(`/${steps.join('/')}`)
}

function isObject(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
