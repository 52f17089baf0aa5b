import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withinMs } from '../../hostile-fixture.ts'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { specProps, structuralOf } from '../structural-fixture.ts'
import { defaultCustom } from './default-custom.ts'
import { pruneCustom } from './prune-custom.ts'

const text: CustomSchemaProps = { type: 'string' }
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const
const object = (properties: Readonly<Record<string, CustomSchemaProps>>): CustomSchemaProps => ({
  type: 'object',
  properties,
})

const pruned: readonly (readonly [
  string,
  CustomSchemaProps,
  unknown,
  unknown,
  readonly string[],
])[] = [
  ['a known field stays', text, 'a', 'a', []],
  ['unknown fields go', object({ a: text }), { a: 'b', c: 1 }, { a: 'b' }, ['spec.x.c']],
  [
    'in items too',
    { type: 'array', items: object({ a: text }) },
    [{ a: 'b' }, { b: 1 }],
    [{ a: 'b' }, {}],
    ['spec.x[1].b'],
  ],
  ['unknown fields stay where that is asked for', open, { a: { b: 1 } }, { a: { b: 1 } }, []],
  [
    'not below what is known',
    { ...open, properties: { a: object({}) } },
    { a: { b: 1 }, c: 2 },
    { a: {}, c: 2 },
    ['spec.x.a.b'],
  ],
  [
    'members of a map stay',
    { type: 'object', additionalProperties: object({ a: text }) },
    { k: { a: 'b', c: 1 } },
    { k: { a: 'b' } },
    ['spec.x.k.c'],
  ],
  [
    'a map of anything keeps no objects',
    { type: 'object', additionalProperties: true },
    { k: { a: 1 }, l: 2 },
    { k: {}, l: 2 },
    ['spec.x.k.a'],
  ],
  [
    'an embedded resource has metadata of its own',
    { ...object({ a: text }), 'x-kubernetes-embedded-resource': true },
    { kind: 'K', apiVersion: 'v1', metadata: { name: 'n', odd: 1 }, b: 1 },
    { kind: 'K', apiVersion: 'v1', metadata: { name: 'n' } },
    ['spec.x.b', 'spec.x.metadata.odd'],
  ],
  ['nulls go where they may not be', object({ a: text }), { a: null }, {}, []],
  [
    'nulls stay where they may be',
    object({ a: { ...text, nullable: true } }),
    { a: null },
    { a: null },
    [],
  ],
  [
    'nulls wait for a default',
    object({ a: { ...text, default: 'd' } }),
    { a: null },
    { a: null },
    [],
  ],
  ['nulls of lists stay', { type: 'array', items: text }, [null], [null], []],
]

for (const [name, node, given, want, unknownFields] of pruned) {
  test(`pruning: ${name}`, () => {
    const structural = structuralOf(specProps({ x: node }))
    const result = pruneCustom({ kind: 'W', spec: { x: given } }, structural)
    assert.deepEqual(result, { value: { kind: 'W', spec: { x: want } }, unknownFields })
    const again = pruneCustom(result.value, structural)
    assert.equal(again.value, result.value)
  })
}

test('the object keeps its own apiVersion, kind and metadata, and without a schema nothing else', () => {
  const object = { apiVersion: 'a/v1', kind: 'W', metadata: { odd: 1 }, spec: 1 }
  const { value, unknownFields } = pruneCustom(object, undefined)
  assert.deepEqual(value, { apiVersion: 'a/v1', kind: 'W', metadata: { odd: 1 } })
  assert.deepEqual(unknownFields, ['spec'])
  assert.equal(pruneCustom(object, undefined, { preserveUnknownFields: true }).value, object)
})

test('a hundred unknown fields are named, and all of them go', () => {
  const spec = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, i]))
  const { value, unknownFields } = pruneCustom({ spec }, structuralOf(specProps({})))
  assert.deepEqual(value, { spec: {} })
  assert.equal(unknownFields.length, 100)
})

test('what cannot be decoded is refused', () => {
  const embedded = { ...open, 'x-kubernetes-embedded-resource': true }
  const structural = structuralOf(specProps({ x: embedded }))
  const refusals: readonly (readonly [unknown, string])[] = [
    [{ kind: 1 }, 'spec.x.kind: Invalid value: 1: must be a string'],
    [
      { metadata: 'a' },
      'spec.x.metadata: Invalid value: "a": json: cannot unmarshal string into Go value of type v1.ObjectMeta',
    ],
  ]
  for (const [x, message] of refusals) {
    assert.throws(() => pruneCustom({ spec: { x } }, structural), { message })
  }
})

const defaulted: readonly (readonly [string, CustomSchemaProps, unknown, unknown])[] = [
  ['what is absent', object({ a: { ...text, default: 'd' } }), {}, { a: 'd' }],
  ['not what is there', object({ a: { ...text, default: 'd' } }), { a: 'e' }, { a: 'e' }],
  ['a null that may not be', object({ a: { ...text, default: 'd' } }), { a: null }, { a: 'd' }],
  [
    'not a null that may be',
    object({ a: { ...text, default: 'd', nullable: true } }),
    { a: null },
    { a: null },
  ],
  [
    'within a default',
    object({ a: { ...object({ b: { ...text, default: 'd' } }), default: {} } }),
    {},
    { a: { b: 'd' } },
  ],
  ['not within what is absent', object({ a: object({ b: { ...text, default: 'd' } }) }), {}, {}],
  [
    'in items',
    { type: 'array', items: object({ a: { ...text, default: 'd' } }) },
    [{}, { a: 'b' }],
    [{ a: 'd' }, { a: 'b' }],
  ],
  ['null items', { type: 'array', items: { ...text, default: 'd' } }, [null, 'e'], ['d', 'e']],
  [
    'members of a map',
    { type: 'object', additionalProperties: object({ a: { ...text, default: 'd' } }) },
    { k: {} },
    { k: { a: 'd' } },
  ],
  [
    'false, zero and the empty text',
    object({ a: { type: 'boolean', default: false } }),
    {},
    { a: false },
  ],
  [
    'without what the schema does not know',
    object({ a: { ...object({ b: text }), default: { b: 'c', odd: 1 } } }),
    {},
    { a: { b: 'c' } },
  ],
]

for (const [name, node, given, want] of defaulted) {
  test(`defaults are put in for ${name}`, () => {
    const structural = structuralOf(specProps({ x: node }))
    const value = defaultCustom({ spec: { x: given } }, structural)
    assert.deepEqual(value, { spec: { x: want } })
    assert.equal(defaultCustom(value, structural), value)
  })
}

test('defaults that nobody could store are refused before they fill the memory', () => {
  const large = { ...text, default: 'd'.repeat(100_000) }
  const items = object({ a: { ...object({ b: large }), default: {} } })
  const structural = structuralOf(specProps({ x: { type: 'array', items } }))
  const given = (length: number) => ({ spec: { x: Array.from({ length }, () => ({})) } })
  assert.equal(defaultCustom(given(10), structural).spec.x.length, 10)
  withinMs(1000, () => {
    const message = 'Request entity too large: its defaults have more than 16777216 characters'
    assert.throws(() => defaultCustom(given(100_000), structural), { message })
  })
})

test('a member named as the prototype is a member like any other', () => {
  const props = specProps({
    x: object(JSON.parse('{"__proto__": {"type": "string", "default": "d"}}')),
  })
  const value = defaultCustom({ spec: { x: {} } }, structuralOf(props))
  assert.equal(JSON.stringify(value), '{"spec":{"x":{"__proto__":"d"}}}')
})
