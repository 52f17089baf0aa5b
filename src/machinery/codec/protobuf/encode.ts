import type { ApiSchema, FieldSchema, FieldType, UnionForm } from '../../schema/schema.ts'
import { type MessagePlan, planOf, typeNamed } from './message-plan.ts'
import { writeScalar } from './scalar-encoding.ts'
import { createWriter, type ProtobufWriter, wireType } from './wire.ts'

type JsonObject = Readonly<Record<string, unknown>>

/**
 * The protobuf message of a JSON object, without envelope. What the type does not have is left out;
 * map keys are sorted, as upstream does, so that equal objects have equal bytes.
 * @throws Error where a value does not fit the type of its field, or the type is unknown.
 */
export function encodeMessage(schema: ApiSchema, type: string, object: JsonObject): Uint8Array {
  const writer = createWriter()
  writeMessage({ schema, writer }, planOf(schema, type), object)
  return writer.finish()
}

interface Sink {
  readonly schema: ApiSchema
  readonly writer: ProtobufWriter
}

function writeMessage(sink: Sink, plan: MessagePlan, object: JsonObject): void {
  for (const member of plan.members) {
    if (member.kind === 'inlined') {
      sink.writer.tag(member.number, wireType.bytes)
      sink.writer.delimited(() => writeMessage(sink, member.plan, object))
      continue
    }
    const value = object[member.field.name]
    if (value !== undefined && value !== null) writeField(sink, member.field, value)
  }
}

function writeField(sink: Sink, field: FieldSchema, value: unknown): void {
  const { number } = field.protobuf
  if (field.type.kind === 'list') {
    if (!Array.isArray(value)) throw mismatch(field, 'an array')
    for (const element of value) writeValue(sink, number, field.type.element, element)
  } else if (field.type.kind === 'map') {
    writeMap(sink, number, field.type.value, objectOf(field, value))
  } else writeValue(sink, number, field.type, value)
}

function writeMap(sink: Sink, number: number, type: FieldType, map: JsonObject): void {
  for (const key of Object.keys(map).sort(compareBytes)) {
    sink.writer.tag(number, wireType.bytes)
    sink.writer.delimited(() => {
      sink.writer.tag(1, wireType.bytes)
      sink.writer.text(key)
      writeValue(sink, 2, type, map[key])
    })
  }
}

function writeValue(sink: Sink, number: number, type: FieldType, value: unknown): void {
  if (type.kind === 'scalar') {
    writeScalar(sink.writer, number, type.scalar, value)
    return
  }
  if (type.kind !== 'ref') throw new Error(`protobuf has no nested ${type.kind}`)
  const { union } = typeNamed(sink.schema, type.name)
  const plan = planOf(sink.schema, type.name)
  const object = union ? wrapUnion(union, value) : (value ?? {})
  if (typeof object !== 'object') throw new Error(`${type.name} must be an object`)
  sink.writer.tag(number, wireType.bytes)
  sink.writer.delimited(() => writeMessage(sink, plan, object as JsonObject))
}

/** The fields that the wire has in the place of JSON's bare value. */
function wrapUnion(union: UnionForm, value: unknown): JsonObject {
  switch (union) {
    case 'schemaOrBool':
      return typeof value === 'boolean' ? { allows: value } : { allows: true, schema: value }
    case 'schemaOrArray':
      return Array.isArray(value) ? { jSONSchemas: value } : { schema: value }
    case 'schemaOrStringArray':
      return Array.isArray(value) ? { property: value } : { schema: value }
  }
}

function objectOf(field: FieldSchema, value: unknown): JsonObject {
  if (typeof value !== 'object' || Array.isArray(value)) throw mismatch(field, 'an object')
  return value as JsonObject
}

function mismatch(field: FieldSchema, wanted: string): Error {
  return new Error(`field ${field.name} must be ${wanted}`)
}

/** Go sorts strings by their UTF-8 bytes, which differs from UTF-16 order beyond U+D7FF. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
