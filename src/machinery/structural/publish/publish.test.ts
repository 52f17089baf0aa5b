import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deducedType, type OwnedType } from '../../apply/model/schema.ts'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { specProps, structuralOf } from '../structural-fixture.ts'
import { customOpenApi } from './open-api.ts'
import { ownedCustomType } from './owned-custom.ts'

const text: CustomSchemaProps = { type: 'string' }
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const
const meta = {
  apiVersion: { description: 'The version.', type: 'string' },
  kind: { description: 'The kind.', type: 'string' },
  metadata: { description: 'The metadata.', $ref: '#/meta' },
}

/** How a field is shown in versions 2 and 3. */
const shown: readonly (readonly [string, CustomSchemaProps, object, object])[] = [
  [
    'a text',
    { ...text, description: 'd' },
    { type: 'string', description: 'd' },
    { type: 'string', description: 'd' },
  ],
  ['a default', { ...text, default: 'a' }, text, { ...text, default: 'a' }],
  ['what may be null', { ...text, nullable: true }, {}, { ...text, nullable: true }],
  [
    'an integer or a string',
    { 'x-kubernetes-int-or-string': true },
    { 'x-kubernetes-int-or-string': true },
    { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
  ],
  [
    'an integer or a string with alternatives',
    { 'x-kubernetes-int-or-string': true, anyOf: [{ pattern: 'a' }] },
    { 'x-kubernetes-int-or-string': true },
    {
      'x-kubernetes-int-or-string': true,
      anyOf: [{ pattern: 'a' }],
      allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }],
    },
  ],
  [
    'an object whose unknown fields stay',
    { ...open, properties: { a: text } },
    { 'x-kubernetes-preserve-unknown-fields': true },
    { ...open, properties: { a: text } },
  ],
  [
    'a list of what may be null',
    { type: 'array', items: { ...text, nullable: true } },
    { type: 'array', items: {} },
    { type: 'array', items: { ...text, nullable: true } },
  ],
  [
    'required fields that may be null',
    {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: text, b: { ...text, nullable: true } },
    },
    { type: 'object', required: ['a'], properties: { a: text, b: {} } },
    {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: text, b: { ...text, nullable: true } },
    },
  ],
  [
    'value validations',
    { ...text, not: { pattern: 'a' }, oneOf: [{ minLength: 1 }] },
    text,
    { ...text, not: { pattern: 'a' }, oneOf: [{ minLength: 1 }] },
  ],
  [
    'an embedded resource',
    { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { a: text } },
    {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { a: text, ...meta },
      required: ['kind', 'apiVersion'],
    },
    {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { a: text, ...meta },
      required: ['kind', 'apiVersion'],
    },
  ],
  [
    'others',
    { type: 'object', additionalProperties: text },
    { type: 'object', additionalProperties: text },
    { type: 'object', additionalProperties: text },
  ],
]

for (const [name, node, ...dialects] of shown) {
  test(`OpenAPI shows ${name}`, () => {
    const structural = structuralOf(specProps({ x: node }))
    for (const [i, want] of dialects.entries()) {
      const dialect = i === 0 ? 2 : 3
      assert.deepEqual(customOpenApi(structural, { dialect, meta }), {
        type: 'object',
        properties: { spec: { type: 'object', properties: { x: want } }, ...meta },
      })
    }
  })
}

test('of what has no schema, or one against the rules, OpenAPI says nothing', () => {
  const nothing = { type: 'object' }
  for (const dialect of [2, 3] as const) {
    assert.deepEqual(customOpenApi(undefined, { dialect, meta }), nothing)
    const unruly = structuralOf(specProps({ x: {} }))
    assert.deepEqual(customOpenApi(unruly, { dialect, meta }), nothing)
  }
  assert.deepEqual(customOpenApi(structuralOf(open), { dialect: 2, meta }), nothing)
  assert.deepEqual(customOpenApi(structuralOf(open), { dialect: 3, meta }), {
    ...open,
    properties: meta,
  })
})

const ownedMetadata: OwnedType = { map: deducedType.map! }

/** What owns a field of `spec`. */
function owned(node: CustomSchemaProps): OwnedType {
  const root = ownedCustomType(structuralOf(specProps({ x: node })), ownedMetadata)
  return root.map!.field('spec')!.type().map!.field('x')!.type()
}

test('the members of all objects are owned as in other kinds', () => {
  const { map } = ownedCustomType(structuralOf(specProps({})), ownedMetadata)
  assert.equal(map?.field('metadata')?.type(), ownedMetadata)
  assert.deepEqual(map?.field('kind')?.type(), { scalar: 'string' })
  assert.equal(map?.element(), undefined)
})

test('scalars are owned as such', () => {
  assert.deepEqual(owned(text), { scalar: 'string' })
  assert.deepEqual(owned({ ...text, format: 'date-time' }), { scalar: 'untyped' })
  assert.deepEqual(owned({ type: 'integer' }), { scalar: 'numeric' })
  assert.deepEqual(owned({ type: 'boolean' }), { scalar: 'boolean' })
  const either = owned({ 'x-kubernetes-int-or-string': true })
  assert.equal(either.scalar, 'untyped')
  assert.equal(either.list?.isAtomic, true)
})

test('lists are owned as a whole, by item or by key', () => {
  const list = (type?: string, more: CustomSchemaProps = {}) => {
    const marker = type === undefined ? {} : { 'x-kubernetes-list-type': type }
    return owned({ type: 'array', items: text, ...marker, ...more }).list!
  }
  assert.equal(list().isAtomic, true)
  assert.equal(list('atomic').isAtomic, true)
  assert.deepEqual([list('set').isAtomic, list('set').keys()], [false, []])
  const properties = { b: text, a: { type: 'integer', default: 3 } }
  const items = { type: 'object', properties }
  const keyed = list('map', { items, 'x-kubernetes-list-map-keys': ['b', 'a'] })
  assert.equal(keyed.isAtomic, false)
  assert.deepEqual(keyed.keys(), [
    { name: 'a', default: 3 },
    { name: 'b', default: undefined },
  ])
  assert.deepEqual(keyed.element().map?.field('a')?.type(), { scalar: 'numeric' })
})

test('maps are owned by member unless they are atomic, and unknown ones are deduced', () => {
  const members = owned({ type: 'object', additionalProperties: text }).map!
  assert.deepEqual([members.isAtomic, members.element()], [false, { scalar: 'string' }])
  const atomic = { type: 'object', properties: { a: text }, 'x-kubernetes-map-type': 'atomic' }
  assert.equal(owned(atomic).map?.isAtomic, true)
  assert.equal(owned(atomic).map?.element(), undefined)
  assert.equal(owned({ type: 'object' }).map?.element(), deducedType)
  const within = { ...open, properties: { a: { type: 'object', properties: { b: text } } } }
  assert.equal(owned(within).map?.element(), deducedType)
  assert.equal(owned(within).map?.field('a')?.type().map?.element(), deducedType)
  assert.equal(ownedCustomType(undefined, ownedMetadata), deducedType)
  const unruly = structuralOf(specProps({ x: {} }))
  assert.equal(ownedCustomType(unruly, ownedMetadata), deducedType)
})
