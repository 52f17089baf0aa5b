import { encodeJson } from '#machinery'
import { createProtobufWriter, type ProtobufWriter, protobufWireType } from '#machinery/codec'
import type { OpenApiV2Document } from './v2.ts'

/**
 * Encodes the OpenAPI 2 document as `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`,
 * the form in which client-go asks for it. The messages are those of gnostic's OpenAPIv2.proto.
 */
export function encodeOpenApiV2(document: OpenApiV2Document): Uint8Array {
  const writer = createProtobufWriter()
  writeFields(writer, documentFields, document)
  return writer.finish()
}

/** Writes a JSON value as the field of that number. */
type Encoder = (writer: ProtobufWriter, number: number, value: unknown) => void

/** What a message has, by the name in JSON; `x-` stands for all vendor extensions. */
type Fields = Readonly<Record<string, readonly [number: number, encode: Encoder]>>

type Json = Readonly<Record<string, unknown>>

function writeFields(writer: ProtobufWriter, fields: Fields, value: object): void {
  for (const [name, part] of Object.entries(value)) {
    if (name.startsWith('x-') && fields['x-']) {
      const [number, encode] = fields['x-']
      encode(writer, number, [name, part])
      continue
    }
    const field = fields[name]
    if (!field) throw new Error(`OpenAPI 2 in protobuf has no field ${name}`)
    field[1](writer, field[0], part)
  }
}

function delimited(writer: ProtobufWriter, number: number, write: () => void): void {
  writer.tag(number, protobufWireType.bytes)
  writer.delimited(write)
}

const text: Encoder = (writer, number, value) => {
  writer.tag(number, protobufWireType.bytes)
  writer.text(String(value))
}

const flag: Encoder = (writer, number, value) => {
  writer.tag(number, protobufWireType.varint)
  writer.varint(value ? 1 : 0)
}

const integer: Encoder = (writer, number, value) => {
  writer.tag(number, protobufWireType.varint)
  writer.varint(Number(value))
}

const double: Encoder = (writer, number, value) => {
  writer.tag(number, protobufWireType.fixed64)
  writer.double(Number(value))
}

/** A value of any kind as YAML, of which JSON is a part. */
const any: Encoder = (writer, number, value) => {
  delimited(writer, number, () => text(writer, 2, encodeJson(value)))
}

const message =
  (fields: Fields): Encoder =>
  (writer, number, value) =>
    delimited(writer, number, () => writeFields(writer, fields, value as Json))

/** A field that refers to fields declared further down. */
const lazily =
  (encoder: () => Encoder): Encoder =>
  (writer, number, value) =>
    encoder()(writer, number, value)

const each =
  (encode: Encoder): Encoder =>
  (writer, number, value) => {
    for (const element of value as readonly unknown[]) encode(writer, number, element)
  }

/** A message around one field. */
const within =
  (inner: number, encode: Encoder): Encoder =>
  (writer, number, value) =>
    delimited(writer, number, () => encode(writer, inner, value))

/** A pair of a name and a value. */
const pair =
  (encode: Encoder): Encoder =>
  (writer, number, value) => {
    const [name, part] = value as readonly [string, unknown]
    delimited(writer, number, () => {
      text(writer, 1, name)
      encode(writer, 2, part)
    })
  }

/** An object as a list of pairs. */
const pairs =
  (encode: Encoder): Encoder =>
  (writer, number, value) => {
    for (const entry of Object.entries(value as Json)) pair(encode)(writer, number, entry)
  }

const extension = pair(any)

const schema: Encoder = lazily(() => message(schemaFields))

const schemaFields: Fields = {
  $ref: [1, text],
  format: [2, text],
  title: [3, text],
  description: [4, text],
  default: [5, any],
  multipleOf: [6, double],
  maximum: [7, double],
  exclusiveMaximum: [8, flag],
  minimum: [9, double],
  exclusiveMinimum: [10, flag],
  maxLength: [11, integer],
  minLength: [12, integer],
  pattern: [13, text],
  maxItems: [14, integer],
  minItems: [15, integer],
  uniqueItems: [16, flag],
  maxProperties: [17, integer],
  minProperties: [18, integer],
  required: [19, each(text)],
  enum: [20, each(any)],
  additionalProperties: [
    21,
    (writer, number, value) => {
      const isFlag = typeof value === 'boolean'
      within(isFlag ? 2 : 1, isFlag ? flag : schema)(writer, number, value)
    },
  ],
  type: [22, within(1, text)],
  items: [23, within(1, schema)],
  allOf: [24, each(schema)],
  properties: [25, within(1, pairs(schema))],
  externalDocs: [29, message({ description: [1, text], url: [2, text] })],
  example: [30, any],
  'x-': [31, extension],
}

/** Body, query and path parameters are different messages. */
const parameter: Encoder = (writer, number, value) => {
  const place = (value as { readonly in: 'body' | 'path' | 'query' }).in
  within(1, parameterEncoders[place])(writer, number, value)
}

const plainParameter: Fields = {
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
}

const parameterEncoders: Readonly<Record<'body' | 'path' | 'query', Encoder>> = {
  body: within(
    1,
    message({
      description: [1, text],
      name: [2, text],
      in: [3, text],
      required: [4, flag],
      schema: [5, schema],
    }),
  ),
  query: within(
    2,
    within(3, message({ ...plainParameter, type: [6, text], uniqueItems: [20, flag] })),
  ),
  path: within(
    2,
    within(4, message({ ...plainParameter, type: [5, text], uniqueItems: [19, flag] })),
  ),
}

const response = message({ description: [1, text], schema: [2, within(1, schema)] })

const operation = message({
  tags: [1, each(text)],
  description: [3, text],
  operationId: [5, text],
  produces: [6, each(text)],
  consumes: [7, each(text)],
  parameters: [8, each(parameter)],
  responses: [9, within(1, pairs(within(1, response)))],
  schemes: [10, each(text)],
  deprecated: [11, flag],
  'x-': [13, extension],
})

const pathItem = message({
  get: [2, operation],
  put: [3, operation],
  post: [4, operation],
  delete: [5, operation],
  options: [6, operation],
  head: [7, operation],
  patch: [8, operation],
  parameters: [9, each(parameter)],
  'x-': [10, extension],
})

const apiKey = message({ type: [1, text], name: [2, text], in: [3, text], description: [4, text] })

const documentFields: Fields = {
  swagger: [1, text],
  info: [2, message({ title: [1, text], version: [2, text] })],
  paths: [8, within(2, pairs(pathItem))],
  definitions: [9, within(1, pairs(schema))],
  security: [12, each(within(1, pairs(within(1, each(text)))))],
  securityDefinitions: [13, within(1, pairs(within(2, apiKey)))],
}
