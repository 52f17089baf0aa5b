import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { messagesOf, specProps, structuralOf } from '../structural-fixture.ts'
import { validateCustom } from './validate-custom.ts'

const text: CustomSchemaProps = { type: 'string' }
const x = 'spec.x'

const cases: readonly (readonly [CustomSchemaProps, unknown, readonly string[]])[] = [
  [text, 'a', []],
  [text, 1, [`${x}: Invalid value: "integer": ${x} in body must be of type string: "integer"`]],
  [
    { type: 'integer' },
    1.5,
    [
      `${x}: Invalid value: "number": ${x} in body must be of type integer: "number"`,
      `<nil>: Invalid value: "": Checked value must be of type integer (default format) in ${x}`,
    ],
  ],
  [{ type: 'number' }, 1, []],
  [text, null, [`${x}: Invalid value: "null": ${x} in body must be of type string: "null"`]],
  [{ ...text, nullable: true }, null, []],
  [
    { type: 'integer', format: 'int32' },
    3_000_000_000,
    [`<nil>: Invalid value: "": Checked value must be of type integer with format int32 in ${x}`],
  ],
  [
    { type: 'integer', minimum: 1 },
    0,
    [`${x}: Invalid value: 0: ${x} in body should be greater than or equal to 1`],
  ],
  [
    { type: 'integer', maximum: 3, exclusiveMaximum: true },
    3,
    [`${x}: Invalid value: 3: ${x} in body should be less than 3`],
  ],
  [
    { type: 'number', maximum: 2_000_000 },
    2_000_000.5,
    [`${x}: Invalid value: 2.0000005e+06: ${x} in body should be less than or equal to 2e+06`],
  ],
  [
    { type: 'integer', maximum: 2.5 },
    3_000_000_000,
    [
      `<nil>: Invalid value: "": Maximum boundary value must be of type integer (default format) in ${x}`,
      `${x}: Invalid value: 3e+09: ${x} in body should be less than or equal to 2.5`,
    ],
  ],
  [
    { type: 'integer', multipleOf: 3 },
    4,
    [`${x}: Invalid value: 4: ${x} in body should be a multiple of 3`],
  ],
  [{ type: 'number', multipleOf: 0.1 }, 0.3, []],
  [{ ...text, maxLength: 2 }, 'abc', [`${x}: Too long: may not be more than 2 bytes`]],
  [{ ...text, maxLength: 2 }, '\u{1f600}\u{1f600}', []],
  [
    { ...text, minLength: 3 },
    'ab',
    [`${x}: Invalid value: "ab": ${x} in body should be at least 3 chars long`],
  ],
  [
    { ...text, pattern: '^a+$' },
    'ab',
    [`${x}: Invalid value: "ab": ${x} in body should match '^a+$'`],
  ],
  [
    { ...text, format: 'date-time' },
    'today',
    [`${x}: Invalid value: "today": ${x} in body must be of type date-time: "today"`],
  ],
  [{ ...text, format: 'nothing-known' }, 'today', []],
  [
    { ...text, enum: ['a', 'b'] },
    'c',
    [`${x}: Unsupported value: "c": supported values: "a", "b"`],
  ],
  [
    { type: 'integer', enum: [1, 2] },
    3,
    [`${x}: Unsupported value: 3: supported values: "1", "2"`],
  ],
  [
    { type: 'array', items: text, maxItems: 1 },
    ['a', 'b'],
    [`${x}: Too many: 2: must have at most 1 item`],
  ],
  [
    { type: 'array', items: text, minItems: 1 },
    [],
    [`${x}: Invalid value: 0: ${x} in body should have at least 1 items`],
  ],
  [
    { type: 'array', items: text },
    ['a', 1],
    [`${x}[1]: Invalid value: "integer": ${x}[1] in body must be of type string: "integer"`],
  ],
  [
    { type: 'object', required: ['a', 'b'], properties: { a: text } },
    {},
    [`${x}.a: Required value`, `${x}.b: Required value`],
  ],
  [
    { type: 'object', maxProperties: 1, additionalProperties: text },
    { a: 'b', c: 'd' },
    [`${x}: Too many: 2: must have at most 1 item`],
  ],
  [
    { type: 'object', additionalProperties: { type: 'integer' } },
    { a: 'b' },
    [`${x}.a: Invalid value: "string": ${x}.a in body must be of type integer: "string"`],
  ],
  [{ 'x-kubernetes-int-or-string': true }, '1', []],
  [
    { 'x-kubernetes-int-or-string': true },
    true,
    [`${x}: Invalid value: "boolean": ${x} in body must be of type integer,string: "boolean"`],
  ],
  [
    { ...text, oneOf: [{ pattern: 'a' }, { pattern: 'b' }] },
    'c',
    [
      `<nil>: Invalid value: "": "${x}" must validate one and only one schema (oneOf). Found none valid`,
      `${x}: Invalid value: "c": ${x} in body should match 'a'`,
    ],
  ],
  [
    { ...text, oneOf: [{ pattern: 'a' }, { pattern: 'b' }] },
    'ab',
    [
      `<nil>: Invalid value: "": "${x}" must validate one and only one schema (oneOf). Found 2 valid alternatives`,
    ],
  ],
  [
    { type: 'object', anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    {},
    [
      `<nil>: Invalid value: "": "${x}" must validate at least one schema (anyOf)`,
      `${x}.a: Required value`,
    ],
  ],
  [
    { ...text, allOf: [{ pattern: 'a' }, { pattern: 'b' }] },
    'a',
    [
      `${x}: Invalid value: "a": ${x} in body should match 'b'`,
      `<nil>: Invalid value: "": "${x}" must validate all the schemas (allOf)`,
    ],
  ],
  [
    { ...text, allOf: [{ pattern: 'b' }] },
    'a',
    [
      `${x}: Invalid value: "a": ${x} in body should match 'b'`,
      `<nil>: Invalid value: "": "${x}" must validate all the schemas (allOf). None validated`,
    ],
  ],
  [
    { ...text, not: { pattern: 'a' } },
    'a',
    [`<nil>: Invalid value: "": "${x}" must not validate the schema (not)`],
  ],
  [
    { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    ['a', 'b', 'a', 'a'],
    [`${x}[2]: Duplicate value: "a"`],
  ],
  [
    {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: { type: 'object', properties: { a: text, b: text } },
    },
    [{ a: 'k', b: '1' }, { a: 'k' }, { a: '1' }, { a: 'l' }],
    [`${x}[1]: Duplicate value: {"a":"k"}`],
  ],
  [
    {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
    { apiVersion: 'a/b/c', metadata: { name: 'a/b' } },
    [
      `${x}.kind: Required value`,
      `${x}.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c`,
      `${x}.metadata.name: Invalid value: "a/b": may not contain '/'`,
    ],
  ],
]

for (const [node, value, want] of cases) {
  test(`${JSON.stringify(value)} as ${JSON.stringify(node)}`, () => {
    const structural = structuralOf(specProps({ x: node }))
    assert.deepEqual(messagesOf(validateCustom({ spec: { x: value } }, structural)), want)
  })
}

test('faults of a type are told apart by their reason', () => {
  const structural = structuralOf(specProps({ x: text }))
  const [error] = validateCustom({ spec: { x: 1 } }, structural)
  assert.equal(error?.type, 'FieldValueTypeInvalid')
})

test('a status is validated alone, and its faults are told below it', () => {
  const props: CustomSchemaProps = {
    type: 'object',
    properties: {
      spec: text,
      status: { type: 'object', required: ['a'], properties: { a: text } },
    },
  }
  const structural = structuralOf(props)
  const faulty = { spec: 1, status: {} }
  assert.deepEqual(messagesOf(validateCustom(faulty, structural, { part: 'status' })), [
    'status.a: Required value',
  ])
  const typed = validateCustom({ status: { a: 1 } }, structural, { part: 'status' })
  assert.deepEqual(messagesOf(typed), [
    'status.a: Invalid value: "integer": a in body must be of type string: "integer"',
  ])
})

const strict = { ...text, maxLength: 2 }

test('an update may leave as it is what is not valid any more', () => {
  const structural = structuralOf(specProps({ x: strict, y: strict }))
  const old = { spec: { x: 'long', y: 'a' } }
  const valid = (spec: object) =>
    messagesOf(validateCustom({ spec }, structural, { old })).map((text) => text.split(':')[0])
  assert.deepEqual(valid({ x: 'long', y: 'b' }), [])
  assert.deepEqual(valid({ x: 'longer', y: 'a' }), ['spec.x'])
  assert.deepEqual(valid({ x: 'long', y: 'long' }), ['spec.y'])
  assert.equal(validateCustom(old, structural).length, 1)
})

test('of lists only maps are compared item by item', () => {
  const list = (more: CustomSchemaProps): CustomSchemaProps => ({
    type: 'array',
    items: { type: 'object', properties: { k: text, v: strict } },
    ...more,
  })
  const keyed = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] }
  const [before, after] = [
    [{ k: 'a', v: 'long' }],
    [
      { k: 'b', v: 'v' },
      { k: 'a', v: 'long' },
    ],
  ]
  for (const [more, want] of [
    [keyed, []],
    [{}, ['spec.x[1].v: Too long: may not be more than 2 bytes']],
  ] as const) {
    const structural = structuralOf(specProps({ x: list(more) }))
    const options = { old: { spec: { x: before } } }
    assert.deepEqual(messagesOf(validateCustom({ spec: { x: after } }, structural, options)), want)
    assert.deepEqual(validateCustom({ spec: { x: before } }, structural, options), [])
  }
})

test('items that were there twice before may be so again', () => {
  const set: CustomSchemaProps = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' }
  const structural = structuralOf(specProps({ x: set }))
  const old = { spec: { x: ['a', 'a'] } }
  assert.equal(validateCustom({ spec: { x: ['b', 'b'] } }, structural).length, 1)
  assert.deepEqual(validateCustom({ spec: { x: ['b', 'b'] } }, structural, { old }), [])
})
