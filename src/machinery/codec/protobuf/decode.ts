import type { ApiSchema, FieldSchema, FieldType, UnionForm } from '../../schema/schema.ts'
import { type Member, type MessagePlan, planOf, typeNamed } from './message-plan.ts'
import { isZero, type RawDecoder, readScalar, wireTypeOf } from './scalar-decoding.ts'
import { createReader, type ProtobufReader, wireType } from './wire.ts'

/** Messages within messages; far more would exhaust the stack. Only CRD schemas nest at all. */
const maxDepth = 1000

export interface DecodeOptions {
  /** Turns embedded bytes that are not JSON into an object: those of an enveloped object. */
  readonly raw?: RawDecoder
  /** How deep messages may nest. */
  readonly maxDepth?: number
}

type Json = Record<string, unknown>

/**
 * The JSON object of a protobuf message without envelope. Fields that the type does not have are
 * passed over. Zero values that upstream's JSON would not show are dropped, since the wire always
 * has them; apiVersion and kind are in the envelope only.
 * @throws Error for malformed input, in the words of Go's decoder.
 */
export function decodeMessage(
  schema: ApiSchema,
  type: string,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Record<string, unknown> {
  const source = { schema, raw: options.raw, depth: options.maxDepth ?? maxDepth }
  return readMessage(source, planOf(schema, type), bytes)
}

interface Source {
  readonly schema: ApiSchema
  readonly raw: RawDecoder | undefined
  /** How many levels of messages may still follow. */
  readonly depth: number
}

function readMessage(source: Source, plan: MessagePlan, bytes: Uint8Array): Json {
  const values: Json = {}
  readFields(deeper(source), plan, bytes, values)
  return inOrder(plan, values)
}

function deeper(source: Source): Source {
  if (source.depth <= 0) throw new Error('proto: exceeded maximum recursion depth')
  return { ...source, depth: source.depth - 1 }
}

function readFields(source: Source, plan: MessagePlan, bytes: Uint8Array, into: Json): void {
  const reader = createReader(bytes)
  while (!reader.atEnd) {
    const { number, type } = reader.tag()
    const member = plan.byNumber.get(number)
    if (!member) reader.skip(type)
    else readMember(source, member, { reader, wire: type }, into)
  }
}

/** A value about to be read: where its bytes are, and what they should be. */
interface Pending {
  readonly reader: ProtobufReader
  readonly wire: number
  readonly field: FieldSchema
  /** The type of the field, or that of its elements. */
  readonly type: FieldType
}

function readMember(source: Source, member: Member, tag: Tagged, into: Json): void {
  if (member.kind === 'inlined') {
    expectWire(tag.wire, wireType.bytes, `#${member.number}`)
    readFields(deeper(source), member.plan, tag.reader.bytes(), into)
    return
  }
  const { field } = member
  const { type } = field
  if (type.kind === 'list') readElements(source, { ...tag, field, type: type.element }, into)
  else if (type.kind === 'map') readEntry(source, { ...tag, field, type: type.value }, into)
  else {
    const value = readValue(source, { ...tag, field, type })
    if (isShown(field, value)) set(into, field.name, value)
    else delete into[field.name]
  }
}

type Tagged = Pick<Pending, 'reader' | 'wire'>

/** Whether upstream's JSON has the value; the wire holds zeros of absent fields too. */
function isShown(field: FieldSchema, value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (field.type.kind !== 'scalar' || !isZero(field.type.scalar, value)) return true
  return field.keepsZero === true || field.default !== undefined
}

/** One element, or several numbers that a writer has packed together. */
function readElements(source: Source, pending: Pending, into: Json): void {
  const { field, type, reader, wire } = pending
  const list = Object.hasOwn(into, field.name) ? (into[field.name] as unknown[]) : []
  set(into, field.name, list)
  const expected = type.kind === 'scalar' ? wireTypeOf(type.scalar) : wireType.bytes
  if (wire !== wireType.bytes || wire === expected) {
    list.push(readValue(source, pending))
    return
  }
  const packed = reader.message()
  while (!packed.atEnd) {
    list.push(readValue(source, { field, type, reader: packed, wire: expected }))
  }
}

function readEntry(source: Source, pending: Pending, into: Json): void {
  const { field, type } = pending
  expectWire(pending.wire, wireType.bytes, field.name)
  const map = Object.hasOwn(into, field.name) ? (into[field.name] as Json) : {}
  set(into, field.name, map)
  const reader = pending.reader.message()
  let key = ''
  let value = absentValue(type)
  while (!reader.atEnd) {
    const { number, type: wire } = reader.tag()
    if (number === 1 && wire === wireType.bytes) key = reader.text()
    else if (number === 2) value = readValue(source, { field, type, reader, wire })
    else reader.skip(wire)
  }
  set(map, key, value)
}

/** What a map entry without a value stands for. */
function absentValue(type: FieldType): unknown {
  if (type.kind !== 'scalar') return {}
  if (type.scalar === 'stringList') return []
  return type.scalar === 'quantity' ? '0' : ''
}

function readValue(source: Source, { field, type, reader, wire }: Pending): unknown {
  if (type.kind === 'scalar') {
    expectWire(wire, wireTypeOf(type.scalar), field.name)
    return readScalar(reader, type.scalar, source.raw)
  }
  if (type.kind !== 'ref') throw new Error(`protobuf has no nested ${type.kind}`)
  expectWire(wire, wireType.bytes, field.name)
  const message = readMessage(source, planOf(source.schema, type.name), reader.bytes())
  const { union } = typeNamed(source.schema, type.name)
  return union ? unwrapUnion(union, message) : message
}

function unwrapUnion(union: UnionForm, message: Json): unknown {
  const { schema, allows = false, jSONSchemas, property } = message
  if (schema !== undefined) return schema
  if (union === 'schemaOrBool') return allows
  return (union === 'schemaOrArray' ? jSONSchemas : property) ?? null
}

function expectWire(wire: number, wanted: number, field: string): void {
  if (wire !== wanted) throw new Error(`proto: wrong wireType = ${wire} for field ${field}`)
}

/** A key named `__proto__` is data like any other. */
function set(object: Json, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else {
    const data = { value, enumerable: true, configurable: true, writable: true }
    Object.defineProperty(object, key, data)
  }
}

/** JSON shows fields in the order of their definition, whatever the order on the wire. */
function inOrder(plan: MessagePlan, values: Json): Json {
  const ordered: Json = {}
  for (const name of plan.jsonOrder) if (Object.hasOwn(values, name)) ordered[name] = values[name]
  return ordered
}
