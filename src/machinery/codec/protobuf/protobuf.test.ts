import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { ApiSchema, FieldSchema, FieldType, TypeSchema } from '../../schema/schema.ts'
import { encodeJson, parseJson } from '../../values/json.ts'
import { createProtobufCodec } from './codec.ts'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { unwrap } from './envelope.ts'
import { createReader, createWriter } from './wire.ts'

type FieldOptions = Partial<Omit<FieldSchema, 'protobuf'>> & { readonly within?: number[] }

const string: FieldType = { kind: 'scalar', scalar: 'string' }

function field(
  name: string,
  number: number,
  type: FieldType,
  options: FieldOptions = {},
): FieldSchema {
  const { within = [], ...rest } = options
  return { name, type, isOptional: true, ...rest, protobuf: { number, within } }
}

function type(name: string, fields: readonly FieldSchema[], union?: TypeSchema['union']) {
  return {
    name,
    hasTypeMeta: name === 'Thing',
    structType: 'granular',
    ...(union && { union }),
    fields,
    field: (key: string) => fields.find((one) => one.name === key),
  } satisfies TypeSchema
}

const scalar = (form: string) => ({ kind: 'scalar', scalar: form }) as FieldType
const reference = (name: string): FieldType => ({ kind: 'ref', name })

const types = [
  type('Thing', [
    field('name', 1, string),
    field('label', 2, string, { default: '' }),
    field('replicas', 3, scalar('int32'), { keepsZero: true }),
    field('port', 4, scalar('int32')),
    field('generation', 5, scalar('int64')),
    field('paused', 6, scalar('bool')),
    field('ratio', 7, scalar('double')),
    field('data', 8, scalar('bytes')),
    field('memory', 9, scalar('quantity')),
    field('target', 10, scalar('intOrString')),
    field('at', 11, scalar('time')),
    field('exactly', 12, scalar('microTime')),
    field('every', 13, scalar('duration')),
    field('any', 14, scalar('rawExtension')),
    field('owned', 15, scalar('fieldsV1')),
    field('args', 16, { kind: 'list', element: string }),
    field('codes', 17, { kind: 'list', element: scalar('int32') }),
    field('labels', 18, { kind: 'map', value: string }),
    field('limits', 19, { kind: 'map', value: scalar('quantity') }),
    field('extra', 20, { kind: 'map', value: scalar('stringList') }),
    field('part', 21, reference('Thing')),
    field('parts', 22, { kind: 'list', element: reference('Thing') }),
    field('hostPath', 1, string, { within: [23] }),
    field('scope', 4, string, { within: [23, 2] }),
    field('schema', 24, reference('SchemaOrBool')),
    field('items', 25, reference('SchemaOrArray')),
  ]),
  type(
    'SchemaOrBool',
    [field('allows', 1, scalar('bool')), field('schema', 2, reference('Thing'))],
    'schemaOrBool',
  ),
  type(
    'SchemaOrArray',
    [
      field('schema', 1, reference('Thing')),
      field('jSONSchemas', 2, { kind: 'list', element: reference('Thing') }),
    ],
    'schemaOrArray',
  ),
  type('ThingList', [
    field('name', 1, string),
    field('items', 2, { kind: 'list', element: reference('Thing') }),
  ]),
]
const byName = new Map<string, TypeSchema>(types.map((one) => [one.name, one]))
const schema: ApiSchema = { names: [...byName.keys()], type: (name) => byName.get(name) }

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** Bytes worked out by hand from the encoding's definition. */
const vectors: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['a text', { name: 'a' }, '0a0161 ba0100'],
  ['a zero that is not absence', { replicas: 0 }, '1800 ba0100'],
  ['a negative number', { port: -1 }, '20ffffffffffffffffff01 ba0100'],
  ['a large number', { generation: 300 }, '28ac02 ba0100'],
  ['a truth', { paused: true }, '3001 ba0100'],
  ['a fraction', { ratio: 1.5 }, '39000000000000f83f ba0100'],
  ['bytes', { data: 'AQI=' }, '42020102 ba0100'],
  ['a quantity', { memory: '1Gi' }, '4a050a03314769 ba0100'],
  ['a port as a number', { target: 80 }, '5206 0800 1050 1a00 ba0100'],
  ['a port as a name', { target: 'web' }, '5209 0801 1000 1a03776562 ba0100'],
  ['a time', { at: '1970-01-01T00:00:02Z' }, '5a04 0802 1000 ba0100'],
  ['a time with micros', { exactly: '1970-01-01T00:00:00.000001Z' }, '6205 0800 10e807 ba0100'],
  ['a span of time', { every: '1s' }, '6a06 088094ebdc03 ba0100'],
  ['an embedded object', { any: { a: 1 } }, '7209 0a077b2261223a317d ba0100'],
  ['a list', { args: ['a', ''] }, '820101 61 820100 ba0100'],
  [
    'a map in the order of its keys',
    { labels: { b: '2', a: '1' } },
    '9201060a01611201319201060a0162120132 ba0100',
  ],
  ['a map of lists', { extra: { k: ['v'] } }, 'a201080a016b12030a0176 ba0100'],
  ['inlined structs', { hostPath: '/', scope: '*' }, 'ba0108 0a012f 1203 22012a'],
]

for (const [name, object, want] of vectors) {
  test(`${name} is encoded as the wire format says, and back`, () => {
    const bytes = encodeMessage(schema, 'Thing', object)
    // Upstream always writes an inlined struct, were it empty; here it has another one inside.
    const expected = want.replace('ba0100', 'ba01021200').replaceAll(' ', '')
    assert.equal(hex(bytes), expected)
    assert.deepEqual(decodeMessage(schema, 'Thing', bytes), object)
  })
}

test('zeros that upstream writes for absent fields do not show in JSON', () => {
  const bytes = Buffer.from('0a00120018002000280030004200', 'hex')
  assert.deepEqual(decodeMessage(schema, 'Thing', bytes), { label: '', replicas: 0 })
})

test('an empty time is the zero time, which JSON does not show; the epoch is not', () => {
  assert.deepEqual(decodeMessage(schema, 'Thing', Buffer.from('5a00', 'hex')), {})
  const epoch = decodeMessage(schema, 'Thing', Buffer.from('5a0408001000', 'hex'))
  assert.deepEqual(epoch, { at: '1970-01-01T00:00:00Z' })
})

test('numbers that a writer has packed are read', () => {
  const bytes = Buffer.from('8a0103010203', 'hex')
  assert.deepEqual(decodeMessage(schema, 'Thing', bytes), { codes: [1, 2, 3] })
})

test('fields that the type does not have are passed over, whatever their wire type', () => {
  const bytes = Buffer.from(
    'c00601 c10600000000000000ff c20600 c50600000000 0a0161'.replaceAll(' ', ''),
    'hex',
  )
  assert.deepEqual(decodeMessage(schema, 'Thing', bytes), { name: 'a' })
})

test('unions are bare values in JSON', () => {
  for (const object of [
    { schema: true },
    { schema: false },
    { schema: { name: 'a' } },
    { items: [{ name: 'a' }, {}] },
    { items: { name: 'a' } },
  ]) {
    const bytes = encodeMessage(schema, 'Thing', object)
    assert.deepEqual(decodeMessage(schema, 'Thing', bytes), object)
  }
})

const malformed: readonly (readonly [string, string, RegExp])[] = [
  ['a value that ends early', '0a05', /unexpected EOF/],
  ['a tag without a value', '08', /wrong wireType = 0 for field name/],
  ['an endless number', '20ffffffffffffffffffffff01', /integer overflow/],
  ['a field number of zero', '0200', /illegal tag 0/],
  ['a wire type that does not exist', 'c706', /illegal wireType 7/],
  ['a negative length', '0affffffffffffffffff01', /negative length/],
  ['a fraction that ends early', '390000', /unexpected EOF/],
  ['a group that does not end', 'c306', /unexpected EOF/],
]

for (const [name, text, error] of malformed) {
  test(`${name} is an error`, () => {
    assert.throws(() => decodeMessage(schema, 'Thing', Buffer.from(text, 'hex')), error)
  })
}

test('messages nested without end are refused before the stack is full', () => {
  let bytes: Uint8Array = new Uint8Array()
  for (let depth = 0; depth < 2000; depth++) {
    const writer = createWriter()
    writer.tag(21, 2)
    writer.bytes(bytes)
    bytes = writer.finish()
  }
  assert.throws(() => decodeMessage(schema, 'Thing', bytes), /maximum recursion depth/)
})

test('a key named __proto__ is data', () => {
  const object = { labels: JSON.parse('{"__proto__": "x"}') as Record<string, string> }
  const decoded = decodeMessage(schema, 'Thing', encodeMessage(schema, 'Thing', object))
  assert.equal(JSON.stringify(decoded), '{"labels":{"__proto__":"x"}}')
})

test('a number where a list belongs is an error that names the field', () => {
  assert.throws(() => encodeMessage(schema, 'Thing', { args: 1 }), /field args must be an array/)
  assert.throws(() => encodeMessage(schema, 'Thing', { labels: 'x' }), /field labels must be an/)
  assert.throws(() => encodeMessage(schema, 'Thing', { port: 1.5 }), /not an integer: 1\.5/)
  assert.throws(() => encodeMessage(schema, 'Thing', { at: 'now' }), /not a time: "now"/)
})

const text = fc.string({ unit: 'binary', maxLength: 200 })
const int32 = fc.integer().filter((value) => value !== 0)
const thing: fc.Arbitrary<Record<string, unknown>> = fc.letrec((tie) => ({
  nested: fc.oneof({ maxDepth: 2 }, fc.constant({}), tie('thing')),
  thing: fc.record(
    {
      name: text.filter((value) => value !== ''),
      label: text,
      replicas: fc.integer(),
      port: int32,
      generation: fc.maxSafeInteger().filter((value) => value !== 0),
      paused: fc.constant(true),
      ratio: fc.double({ noNaN: true }).filter((value) => value !== 0),
      data: fc
        .uint8Array({ minLength: 1, maxLength: 300 })
        .map((bytes) => Buffer.from(bytes).toString('base64')),
      target: fc.oneof(text, fc.integer()),
      exactly: fc
        .date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })
        .map((date) => `${date.toISOString().slice(0, -1)}000Z`),
      any: fc.dictionary(fc.string(), fc.jsonValue()),
      args: fc.array(text, { minLength: 1 }),
      codes: fc.array(fc.integer(), { minLength: 1 }),
      labels: fc.dictionary(text, text, { minKeys: 1 }),
      extra: fc.dictionary(text, fc.array(text), { minKeys: 1 }),
      part: tie('nested'),
      parts: fc.array(tie('nested'), { minLength: 1, maxLength: 3 }),
      hostPath: text.filter((value) => value !== ''),
      scope: text.filter((value) => value !== ''),
    },
    { requiredKeys: [] },
  ),
})).thing as fc.Arbitrary<Record<string, unknown>>

test('what is encoded is decoded as it was, fields in the order of the type', () => {
  fc.assert(
    fc.property(thing, (object) => {
      const decoded = decodeMessage(schema, 'Thing', encodeMessage(schema, 'Thing', object))
      // A float that is a long integer is one for whoever reads it again.
      assert.deepEqual(parseJson(encodeJson(decoded)), parseJson(encodeJson(object)))
    }),
  )
})

test('bytes of any kind give an object or an Error, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        decodeMessage(schema, 'Thing', bytes)
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof RangeError), String(error))
      }
    }),
  )
})

const codec = createProtobufCodec({
  schema,
  typeOf: ({ apiVersion, kind }) => (apiVersion === 'v1' ? byName.get(kind)?.name : undefined),
})

test('an envelope says what it holds, after the magic bytes', () => {
  const object = { apiVersion: 'v1', kind: 'Thing', name: 'a' }
  const bytes = codec.encode(object)
  assert.equal(
    hex(bytes),
    '6b387300 0a0b 0a027631 12055468696e67 1208 0a0161 ba01021200 1a00 2200'.replaceAll(' ', ''),
  )
  assert.deepEqual(codec.decode(bytes), object)
})

test('an object inside an object may be enveloped itself', () => {
  const inner = codec.encode({ apiVersion: 'v1', kind: 'Thing', name: 'in' })
  const writer = createWriter()
  writer.tag(14, 2)
  writer.delimited(() => {
    writer.tag(1, 2)
    writer.bytes(inner)
  })
  const outer = codec.encode({ apiVersion: 'v1', kind: 'Thing' })
  const head = unwrap(outer)
  assert.equal(head.kind, 'Thing')
  const decoded = decodeMessage(schema, 'Thing', writer.finish(), { raw: codec.decode })
  assert.deepEqual(decoded.any, { apiVersion: 'v1', kind: 'Thing', name: 'in' })
})

test('a list of items that are encoded already is the list encoded at once', () => {
  const items = [{ name: 'a' }, { name: 'b', parts: [{ port: 1 }] }]
  const list = { apiVersion: 'v1', kind: 'ThingList', name: 'all' }
  const encoded = items.map((item) =>
    codec.encodeItem({ apiVersion: 'v1', kind: 'Thing', ...item }),
  )
  assert.deepEqual(
    Buffer.concat(codec.listPieces(list, encoded)),
    Buffer.from(codec.encode({ ...list, items })),
  )
})

test('a watch frame is the length, the type and the enveloped object', () => {
  const object = codec.encode({ apiVersion: 'v1', kind: 'Thing', name: 'a' })
  const frame = Buffer.from(codec.encodeWatchEvent('ADDED', object))
  assert.equal(frame.readUInt32BE(), frame.length - 4)
  const reader = createReader(frame.subarray(4))
  assert.deepEqual(reader.tag(), { number: 1, type: 2 })
  assert.equal(reader.text(), 'ADDED')
  assert.deepEqual(reader.tag(), { number: 2, type: 2 })
  const extension = createReader(reader.bytes())
  assert.deepEqual(extension.tag(), { number: 1, type: 2 })
  assert.equal(hex(extension.bytes()), hex(object))
  assert.ok(reader.atEnd)
})

test('what is no envelope, or of no known kind, is an error', () => {
  assert.throws(() => codec.decode(Buffer.from('{}')), /expected prefix \[107 56 115 0\]/)
  const foreign = { apiVersion: 'v2', kind: 'Thing' }
  assert.equal(codec.encodes(foreign), false)
  assert.throws(() => codec.encode(foreign), /no protobuf encoding is known for v2, Kind=Thing/)
})
