import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prune } from './prune.ts'
import type { ApiSchema, FieldSchema, FieldType, TypeSchema, UnionForm } from './schema.ts'
import { schemaView } from './schema-view.ts'

const string: FieldType = { kind: 'scalar', scalar: 'string' }
const node: FieldType = { kind: 'ref', name: 'x.v1.Node' }

function type(
  name: string,
  fields: Readonly<Record<string, FieldType>>,
  union?: UnionForm,
): TypeSchema {
  const list = Object.entries(fields).map(
    ([field, fieldType]): FieldSchema => ({
      name: field,
      type: fieldType,
      isOptional: field !== 'needed',
      protobuf: { number: 1, within: [] },
    }),
  )
  return {
    name,
    hasTypeMeta: name.endsWith('Root'),
    structType: 'granular',
    fields: list,
    field: (wanted) => list.find((field) => field.name === wanted),
    ...(union ? { union } : {}),
  }
}

const types = [
  type('x.v1.Root', {
    child: node,
    needed: { kind: 'list', element: string },
    extra: { kind: 'map', value: { kind: 'scalar', scalar: 'stringList' } },
    raw: { kind: 'scalar', scalar: 'rawExtension' },
    flag: { kind: 'ref', name: 'x.v1.OrBool' },
    many: { kind: 'ref', name: 'x.v1.OrArray' },
  }),
  type('x.v1.Node', { name: string, next: node }),
  type('x.v1.OrBool', { allows: { kind: 'scalar', scalar: 'bool' }, schema: node }, 'schemaOrBool'),
  type('x.v1.OrArray', { schema: node, all: { kind: 'list', element: node } }, 'schemaOrArray'),
]
const schema: ApiSchema = {
  type: (name) => types.find((candidate) => candidate.name === name),
  names: types.map(({ name }) => name),
}
const root = schemaView(schema)('x.v1.Root')

test('a schema is walked through references, unions and types within themselves', () => {
  const value = {
    apiVersion: 'x/v1',
    kind: 'Root',
    child: { name: 'a', next: { name: 'b', next: { odd: 1 } } },
    needed: [],
    extra: { a: ['b'] },
    raw: { anything: null },
    flag: true,
    many: [{ name: 'c', odd: 2 }],
  }
  const { value: pruned, unknownFields } = prune(value, root)
  assert.deepEqual(unknownFields, ['child.next.next.odd', 'many[0].odd'])
  assert.deepEqual(pruned, {
    ...value,
    child: { name: 'a', next: { name: 'b', next: {} } },
    many: [{ name: 'c' }],
  })
  assert.deepEqual(prune({ flag: { name: 'x' }, many: { name: 'y' } }, root).unknownFields, [])
})

test('Go names stand in errors, and unknown types are a fault of the program', () => {
  assert.throws(() => prune({ child: 1 }, root), {
    message: 'json: cannot unmarshal number into Go struct field Root.child of type v1.Node',
  })
  assert.throws(() => schemaView(schema)('x.v1.None'), /the schema has no type x\.v1\.None/)
})
