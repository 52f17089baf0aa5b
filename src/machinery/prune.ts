import { decodeScalar, jsonTypeOf, type Mismatch, zeroOf } from './scalars.ts'
import type {
  ListSchema,
  MapSchema,
  ObjectSchema,
  ScalarSchema,
  SchemaField,
  SchemaNode,
} from './schema-node.ts'
import { withEntries } from './share.ts'

export interface Pruned {
  /** Shares every part with the input that needed no change. */
  readonly value: unknown
  /** Paths of fields that the type does not have, `spec.containers[0].foo`, in reading order. */
  readonly unknownFields: readonly string[]
}

/**
 * Makes of decoded JSON what Go's decoding into a type and encoding again would: unknown fields and
 * nulls go, empty optional lists and maps go, scalars take their canonical form.
 * @throws Error `json: cannot unmarshal string into Go struct field PodSpec.spec.x of type int32`.
 */
export function prune(value: unknown, schema: SchemaNode): Pruned {
  const unknownFields: string[] = []
  const pruned = visit(value, schema, { path: '', stack: [], struct: '', unknownFields })
  return { value: pruned, unknownFields }
}

interface Place {
  /** With indexes, for unknown fields. */
  readonly path: string
  /** Names only, as Go's errors have it. */
  readonly stack: readonly string[]
  /** The innermost struct that holds a named field. */
  readonly struct: string
  readonly unknownFields: string[]
}

/**
 * Frozen values that need no change under a schema. What a client in this process sends back shares
 * most of its parts with what is stored, and these were looked through when they were written.
 */
const canonical = new WeakMap<object, SchemaNode>()

function visit(value: unknown, schema: SchemaNode, place: Place): unknown {
  if (typeof value !== 'object' || value === null) return visitPart(value, schema, place)
  if (canonical.get(value) === schema) return value
  const unknownBefore = place.unknownFields.length
  const pruned = visitPart(value, schema, place)
  const isUnchanged = pruned === value && place.unknownFields.length === unknownBefore
  if (isUnchanged && Object.isFrozen(value)) canonical.set(value, schema)
  return pruned
}

function visitPart(value: unknown, schema: SchemaNode, place: Place): unknown {
  switch (schema.kind) {
    case 'any':
      return value
    case 'union':
      return visit(value, schema.choose(value), place)
    case 'scalar':
      return visitScalar(value, schema, place)
    case 'list':
      return visitList(value, schema, place)
    case 'map':
      return visitMap(value, schema, place)
    case 'object':
      return visitObject(value, schema, place)
  }
}

function visitObject(value: unknown, schema: ObjectSchema, place: Place): unknown {
  if (!isMap(value)) throw mismatched(value, schema, place)
  return withEntries(value, (name, child) => {
    const field = schema.field(name)
    const path = place.path === '' ? name : `${place.path}.${name}`
    if (!field) {
      if (schema.keepsUnknown) return child
      place.unknownFields.push(path)
      return undefined
    }
    if (child === null) return undefined
    const struct = schema.name.slice(schema.name.lastIndexOf('.') + 1)
    const pruned = visit(child, field.schema, {
      ...place,
      path,
      stack: [...place.stack, name],
      struct,
    })
    return isOmitted(pruned, field) ? undefined : pruned
  })
}

function visitMap(value: unknown, schema: MapSchema, place: Place): unknown {
  if (!isMap(value)) throw mismatched(value, schema, place)
  return withEntries(value, (key, child) => {
    const path = place.path === '' ? key : `${place.path}.${key}`
    if (child === null) return zeroFor(schema.values)
    return visit(child, schema.values, { ...place, path })
  })
}

function visitList(value: unknown, schema: ListSchema, place: Place): unknown {
  if (!Array.isArray(value)) throw mismatched(value, schema, place)
  let changed = false
  const items = value.map((item: unknown, i) => {
    const pruned =
      item === null
        ? zeroFor(schema.items)
        : visit(item, schema.items, { ...place, path: `${place.path}[${i}]` })
    changed ||= pruned !== item
    return pruned
  })
  return changed ? items : value
}

function visitScalar(value: unknown, schema: ScalarSchema, place: Place): unknown {
  const result = decodeScalar(schema.form, value)
  if (result.kind === 'value') return result.value
  throw mismatchError(result, place)
}

/** Go leaves out optional lists and maps that are empty; structs it keeps. */
function isOmitted(value: unknown, { schema, required }: SchemaField): boolean {
  if (required) return value === undefined
  if (schema.kind === 'list') return Array.isArray(value) && value.length === 0
  if (schema.kind === 'map') return isMap(value) && Object.keys(value).length === 0
  return value === undefined
}

function zeroFor(schema: SchemaNode): unknown {
  if (schema.kind === 'object') return {}
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

function mismatchError({ given, wanted }: Mismatch, { stack, struct }: Place): Error {
  const where = stack.length === 0 ? 'value' : `struct field ${struct}.${stack.join('.')}`
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
  }
}
