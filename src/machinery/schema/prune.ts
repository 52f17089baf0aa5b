import { derived } from '#lib'
import { withEntries, withItems } from '../values/share.ts'
import { decodeScalar, jsonTypeOf, type Mismatch, zeroOf } from './scalars.ts'
import type {
  CustomSchema,
  ListSchema,
  MapSchema,
  ObjectSchema,
  ScalarSchema,
  SchemaField,
  SchemaNode,
  Zeros,
} from './schema-node.ts'

export interface Pruned {
  /** Shares with what stands every part that equals it, and with the input what needed no change. */
  readonly value: unknown
  /** Paths of fields that the type does not have, `spec.containers[0].foo`, in reading order. */
  readonly unknownFields: readonly string[]
}

/**
 * Makes of decoded JSON what Go's decoding into a type and encoding again would: unknown fields and
 * nulls go, empty optional lists and maps go, scalars take their canonical form, required fields that
 * are not given have their zero value. `existing` is what is
 * stored already in this value's place, of the same schema: what a write leaves as it was is the very
 * same part in all revisions, so that nobody need look into it again to see that.
 * @throws Error `json: cannot unmarshal string into Go struct field PodSpec.spec.x of type int32`.
 */
export function prune(value: unknown, schema: SchemaNode, existing?: unknown): Pruned {
  const place: Place = { steps: [], structs: [], unknownFields: [] }
  return { value: visit(value, schema, place, existing), unknownFields: place.unknownFields }
}

/** Where the walk is. It grows and shrinks in place: texts are made of it only for errors. */
interface Place {
  /** Names of fields, keys of maps, indexes of lists. */
  readonly steps: (string | number)[]
  /** For each step the struct that it is a field of; undefined for keys and indexes. */
  readonly structs: (ObjectSchema | undefined)[]
  readonly unknownFields: string[]
}

/** One step further into the value, as part of a struct or not. */
function enter(place: Place, step: string | number, struct?: ObjectSchema): Place {
  place.steps.push(step)
  place.structs.push(struct)
  return place
}

/** Back to where the last step came from; gives what was found there. */
function leave(place: Place, found: unknown): unknown {
  place.steps.pop()
  place.structs.pop()
  return found
}

/** With indexes: `spec.containers[0].foo`. */
function pathOf({ steps }: Place): string {
  return steps
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('')
}

/**
 * Frozen values that need no change under a schema. What a client in this process sends back shares
 * most of its parts with what is stored, and these were looked through when they were written.
 */
const canonicalUnder = derived((_: object): SchemaNode | undefined => undefined)

function visit(value: unknown, schema: SchemaNode, place: Place, existing: unknown): unknown {
  if (typeof value !== 'object' || value === null) return visitPart(value, schema, place, existing)
  if (value === existing) return value
  if (canonicalUnder.known(value) === schema) return value
  const unknownBefore = place.unknownFields.length
  const pruned = visitPart(value, schema, place, existing)
  const isUnchanged = pruned === value && place.unknownFields.length === unknownBefore
  if (isUnchanged && Object.isFrozen(value)) canonicalUnder.remember(value, schema)
  return pruned
}

function visitPart(value: unknown, schema: SchemaNode, place: Place, existing: unknown): unknown {
  switch (schema.kind) {
    case 'any':
      return value
    case 'union':
      return visit(value, schema.choose(value), place, existing)
    case 'scalar':
      return visitScalar(value, schema, place)
    case 'list':
      return visitList(value, schema, place, existing)
    case 'map':
      return visitMap(value, schema, place, existing)
    case 'object':
      return visitObject(value, schema, place, existing)
    case 'custom':
      return visitCustom(value, schema, place, existing)
  }
}

/** Only metadata has a form that is known; what its schema makes of the rest, a custom resource says. */
function visitCustom(
  value: unknown,
  schema: CustomSchema,
  place: Place,
  existing: unknown,
): unknown {
  if (!isMap(value)) throw mismatched(value, schema, place)
  const old = isMap(existing) ? existing : none
  const decoded = withEntries(value, (name, child) => {
    if (name !== 'metadata') return child
    if (child === null) return undefined
    return leave(place, visit(child, schema.metadata, enter(place, name), memberOf(old, name)))
  })
  const pruned = schema.prune(decoded)
  const room = Math.max(0, maxUnknownFields - place.unknownFields.length)
  place.unknownFields.push(...pruned.unknownFields.slice(0, room))
  return shareParts(pruned.value, old)
}

/** The value with each part that equals the one that stands in its place replaced by that. */
function shareParts(value: unknown, stands: unknown): unknown {
  if (value === stands) return stands
  if (Array.isArray(value)) {
    if (!Array.isArray(stands)) return value
    const shared = withItems<unknown>(value, (item, i) => shareParts(item, stands[i]))
    const isSame = shared.length === stands.length && shared.every((item, i) => item === stands[i])
    return isSame ? stands : shared
  }
  if (!isMap(value) || !isMap(stands)) return value
  const shared = withEntries(value, (name, child) => shareParts(child, memberOf(stands, name)))
  return hasSameMembers(shared, stands) ? stands : shared
}

function visitObject(
  value: unknown,
  schema: ObjectSchema,
  place: Place,
  existing: unknown,
): unknown {
  if (!isMap(value)) throw mismatched(value, schema, place)
  const old = isMap(existing) ? existing : none
  const pruned = withEntries(value, (name, child) => {
    const field = schema.field(name)
    if (!field) return schema.keepsUnknown ? child : noteUnknown(name, place)
    if (child === null) return undefined
    const stands = memberOf(old, name)
    if (child === stands) return child
    const inside = enter(place, name, schema)
    const part = leave(place, visit(child, field.schema, inside, stands))
    return isOmitted(part, field) ? undefined : part
  })
  const whole = schema.zeros ? withZeros(pruned, schema.zeros) : pruned
  return hasSameMembers(whole, old) ? old : whole
}

/** The object with the zero values of the required fields that it lacks; itself where it lacks none. */
function withZeros(object: JsonMap, zeros: Zeros): JsonMap {
  let completed: Record<string, unknown> | undefined
  for (const [name, zero] of zeros) {
    if (Object.hasOwn(object, name)) continue
    completed ??= { ...object }
    completed[name] = zero
  }
  return completed ?? object
}

/** As many as strict decoding lists; to spell out the paths of more would only cost time. */
const maxUnknownFields = 100

function noteUnknown(name: string, place: Place): undefined {
  if (place.unknownFields.length >= maxUnknownFields) return
  const path = pathOf(place)
  place.unknownFields.push(path === '' ? name : `${path}.${name}`)
}

function visitMap(value: unknown, schema: MapSchema, place: Place, existing: unknown): unknown {
  if (!isMap(value)) throw mismatched(value, schema, place)
  const old = isMap(existing) ? existing : none
  const pruned = withEntries(value, (key, child) =>
    child === null
      ? zeroFor(schema.values)
      : leave(place, visit(child, schema.values, enter(place, key), memberOf(old, key))),
  )
  return hasSameMembers(pruned, old) ? old : pruned
}

function visitList(value: unknown, schema: ListSchema, place: Place, existing: unknown): unknown {
  if (!Array.isArray(value)) throw mismatched(value, schema, place)
  const old: readonly unknown[] = Array.isArray(existing) ? existing : noItems
  const pruned = withItems<unknown>(value, (item, i) =>
    item === null
      ? zeroFor(schema.items)
      : leave(place, visit(item, schema.items, enter(place, i), old[i])),
  )
  const isSame = pruned.length === old.length && pruned.every((item, i) => item === old[i])
  return isSame && old !== noItems ? old : pruned
}

const none: JsonMap = Object.freeze({})
const noItems: readonly unknown[] = Object.freeze([])

function memberOf(map: JsonMap, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

/** Whether two maps hold the very same values; nothing is the same as what does not stand. */
function hasSameMembers(map: JsonMap, old: JsonMap): boolean {
  if (old === none) return false
  const names = Object.keys(map)
  if (names.length !== Object.keys(old).length) return false
  return names.every((name) => Object.hasOwn(old, name) && map[name] === old[name])
}

function visitScalar(value: unknown, schema: ScalarSchema, place: Place): unknown {
  if (schema.form === 'int64') checkExact(value, place)
  const result = decodeScalar(schema.form, value)
  if (result.kind === 'value') return result.value
  throw mismatchError(result, place)
}

/**
 * What the server itself computes with is a number: integers beyond 2^53 would lose their last digits, and
 * come back as numbers that no client wrote or, as 2^63 for the largest int64, that Go cannot even read.
 * @throws Error that says where one is, and which can be kept.
 */
function checkExact(value: unknown, place: Place): void {
  if (typeof value === 'number') {
    const isInexact = Number.isInteger(value) && !Number.isSafeInteger(value)
    if (!isInexact || Math.abs(value) > 2 ** 63) return
  } else if (typeof value !== 'bigint') return
  const { MIN_SAFE_INTEGER: least, MAX_SAFE_INTEGER: largest } = Number
  throw new Error(`${pathOf(place)}: integers are kept exactly only from ${least} to ${largest}`)
}

/** Go leaves out optional lists and maps that are empty; structs it keeps. */
function isOmitted(value: unknown, { schema, required }: SchemaField): boolean {
  if (required) return value === undefined
  if (schema.kind === 'list') return Array.isArray(value) && value.length === 0
  if (schema.kind === 'map') return isMap(value) && Object.keys(value).length === 0
  return value === undefined
}

function zeroFor(schema: SchemaNode): unknown {
  if (schema.kind === 'object') return Object.fromEntries(schema.zeros ?? [])
  return schema.kind === 'scalar' ? zeroOf[schema.form] : null
}

type JsonMap = Readonly<Record<string, unknown>>

function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mismatched(value: unknown, schema: SchemaNode, place: Place): Error {
  return mismatchError(
    { kind: 'mismatch', given: jsonTypeOf(value), wanted: goTypeOf(schema) },
    place,
  )
}

function mismatchError({ given, wanted }: Mismatch, { steps, structs }: Place): Error {
  const fields = steps.filter((_, i) => structs[i])
  const innermost = structs.findLast((struct) => struct)
  const struct = innermost?.name.slice(innermost.name.lastIndexOf('.') + 1)
  const where = fields.length === 0 ? 'value' : `struct field ${struct}.${fields.join('.')}`
  return new Error(`json: cannot unmarshal ${given} into Go ${where} of type ${wanted}`)
}

const goScalars: Readonly<Record<string, string>> = {
  double: 'float64',
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
}

function goTypeOf(schema: SchemaNode): string {
  switch (schema.kind) {
    case 'object':
      return schema.name
    case 'list':
      return `[]${goTypeOf(schema.items)}`
    case 'map':
      return `map[string]${goTypeOf(schema.values)}`
    case 'scalar':
      return goScalars[schema.form] ?? schema.form
    case 'any':
    case 'union':
      return 'interface {}'
    case 'custom':
      return 'map[string]interface {}'
  }
}
