import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CustomSchemaProps } from '../model/schema-props.ts'
import { checkedTexts, specProps } from '../structural-fixture.ts'

const root = 'openAPIV3Schema'
const x = `${root}.properties[spec].properties[x]`
const text: CustomSchemaProps = { type: 'string' }
const withX = (node: CustomSchemaProps) => specProps({ x: node })

/** The schema of `spec.x`, and what is said of it. */
const fields: readonly (readonly [CustomSchemaProps, readonly string[]])[] = [
  [{ type: 'string' }, []],
  [{}, [`${x}.type: Required value: must not be empty for specified object fields`]],
  [{ type: 'array' }, [`${x}.items: Required value: must be specified`]],
  [
    { type: 'array', items: {} },
    [`${x}.items.type: Required value: must not be empty for specified array items`],
  ],
  [
    { type: 'text' },
    [
      `${x}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  [
    { type: 'null' },
    [
      `${x}.type: Unsupported value: "null": supported values: "array", "boolean", "integer", "number", "object", "string"`,
      `${x}.type: Forbidden: type cannot be set to null, use nullable as an alternative`,
    ],
  ],
  [{ 'x-kubernetes-int-or-string': true }, []],
  [
    {
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
    },
    [],
  ],
  [
    {
      'x-kubernetes-int-or-string': true,
      allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: 'a' }],
    },
    [],
  ],
  [
    { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'string' }, { type: 'integer' }] },
    [
      `${x}.anyOf[0].type: Forbidden: must be empty to be structural`,
      `${x}.anyOf[1].type: Forbidden: must be empty to be structural`,
    ],
  ],
  [
    { 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true },
    [
      `${x}.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true`,
    ],
  ],
  [{ 'x-kubernetes-preserve-unknown-fields': true }, []],
  [
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
    [`${x}.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined`],
  ],
  [
    { 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    [`${x}.type: Required value: must be object if x-kubernetes-embedded-resource is true`],
  ],
  [
    { type: 'object', 'x-kubernetes-embedded-resource': true },
    [
      `${x}.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
    ],
  ],
  [
    {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { kind: { type: 'integer' }, metadata: { type: 'string' } },
    },
    [
      `${x}.properties[kind].type: Invalid value: "integer": must be string`,
      `${x}.properties[metadata].type: Invalid value: "string": must be object`,
    ],
  ],
  [
    { type: 'object', additionalProperties: text, properties: { a: text } },
    [
      `${x}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  ],
  [{ type: 'object', additionalProperties: true, properties: { a: text } }, []],
  [
    { type: 'object', additionalProperties: false, properties: { a: text } },
    [
      `${x}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  ],
  [
    { type: 'string', anyOf: [{ type: 'string', description: 'd', default: 'a', nullable: true }] },
    [
      `${x}.anyOf[0].default: Forbidden: must be undefined to be structural`,
      `${x}.anyOf[0].description: Forbidden: must be empty to be structural`,
      `${x}.anyOf[0].nullable: Forbidden: must be false to be structural`,
      `${x}.anyOf[0].type: Forbidden: must be empty to be structural`,
    ],
  ],
  [
    { type: 'object', not: { additionalProperties: text } },
    [
      `${x}.not.additionalProperties: Forbidden: must be undefined to be structural`,
      `${x}.not.additionalProperties.type: Forbidden: must be empty to be structural`,
    ].slice(0, 1),
  ],
  [
    { type: 'object', oneOf: [{ properties: { metadata: {} } }] },
    [`${x}.oneOf[0].properties[metadata]: Forbidden: must not be specified in a nested context`],
  ],
  [
    { type: 'string', pattern: '(a' },
    [
      `${x}.pattern: Invalid value: "(a": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(a\``,
    ],
  ],
  [
    { type: 'array', items: text, uniqueItems: true },
    [
      `${x}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  ],
  [{ type: 'string', $ref: '#/definitions/a' }, [`${x}.$ref: Forbidden: $ref is not supported`]],
  [
    { type: 'array', items: [text] },
    [`${x}.items: Forbidden: items must be a schema object and not an array`],
  ],
  [
    { type: 'object', id: 'a', definitions: { a: text }, patternProperties: { b: text } },
    [
      `${x}.id: Forbidden: id is not supported`,
      `${x}.patternProperties: Forbidden: patternProperties is not supported`,
      `${x}.definitions: Forbidden: definitions is not supported`,
    ],
  ],
]

for (const [node, want] of fields) {
  test(`the schema ${JSON.stringify(node)} of a field`, () => {
    assert.deepEqual(checkedTexts(withX(node)), want)
  })
}

const object = (properties: CustomSchemaProps['properties']): CustomSchemaProps => ({
  type: 'object',
  ...(properties && { properties }),
})
const keyed = (more: CustomSchemaProps): CustomSchemaProps => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  items: { ...object({ a: text, b: text }), required: ['a'] },
  ...more,
})

const lists: readonly (readonly [string, CustomSchemaProps, readonly string[]])[] = [
  ['a map with its key', keyed({ 'x-kubernetes-list-map-keys': ['a'] }), []],
  [
    'a map without keys',
    keyed({}),
    [
      `${x}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
    ],
  ],
  [
    'a key that may be absent',
    keyed({ 'x-kubernetes-list-map-keys': ['b'] }),
    [
      `${x}.items.properties[b].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  ],
  [
    'a key that no item has, twice',
    keyed({ 'x-kubernetes-list-map-keys': ['c', 'c'] }),
    [
      `${x}.x-kubernetes-list-map-keys: Invalid value: ["c","c"]: entries must all be names of item properties`,
      `${x}.x-kubernetes-list-map-keys: Invalid value: ["c","c"]: entries must all be names of item properties`,
      `${x}.x-kubernetes-list-map-keys: Invalid value: ["c","c"]: must not contain duplicate entries`,
    ],
  ],
  [
    'a map of texts',
    { ...keyed({ 'x-kubernetes-list-map-keys': ['a'] }), items: text },
    [
      `${x}.items.type: Invalid value: "string": must be object if parent array's x-kubernetes-list-type is map`,
    ],
  ],
  [
    'keys of what is no map',
    { type: 'array', items: text, 'x-kubernetes-list-map-keys': ['a'] },
    [
      `${x}.x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty`,
    ],
  ],
  [
    'a set of granular objects',
    { type: 'array', items: object({ a: text }), 'x-kubernetes-list-type': 'set' },
    [
      `${x}.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  ],
  [
    'a set of sets',
    {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      items: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    },
    [
      `${x}.items.x-kubernetes-list-type: Invalid value: "set": must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  ],
  [
    'a set of what may be null',
    { type: 'array', items: { ...text, nullable: true }, 'x-kubernetes-list-type': 'set' },
    [`${x}.items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set`],
  ],
  [
    'a list type that there is not',
    { type: 'array', items: text, 'x-kubernetes-list-type': 'bag' },
    [
      `${x}.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"`,
    ],
  ],
  [
    'a list type of a text',
    { type: 'string', 'x-kubernetes-list-type': 'set' },
    [`${x}.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified`],
  ],
  [
    'a map type that there is not',
    { ...object({}), 'x-kubernetes-map-type': 'set' },
    [
      `${x}.x-kubernetes-map-type: Unsupported value: "set": supported values: "atomic", "granular"`,
    ],
  ],
]

for (const [name, node, want] of lists) {
  test(`list types: ${name}`, () => assert.deepEqual(checkedTexts(withX(node)), want))
}

const roots: readonly (readonly [CustomSchemaProps, readonly string[]])[] = [
  [{ type: 'object' }, []],
  [{}, [`${root}.type: Required value: must not be empty at the root`]],
  [{ type: 'string' }, [`${root}.type: Invalid value: "string": must be object at the root`]],
  [
    { type: 'object', nullable: true },
    [`${root}.nullable: Forbidden: nullable cannot be true at the root`],
  ],
  [
    { type: 'object', additionalProperties: text },
    [`${root}.additionalProperties: Forbidden: must not be used at the root`],
  ],
  [object({ metadata: object({}), kind: text, apiVersion: text }), []],
  [object({ metadata: object({ name: { type: 'string', pattern: 'a' } }) }), []],
  [
    object({ metadata: object({ labels: object({}) }) }),
    [
      `${root}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    object({ metadata: { ...object({}), description: 'd' } }),
    [
      `${root}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
  [
    object({ metadata: { type: 'object', properties: { name: { ...text, default: 'a' } } } }),
    [
      `${root}.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata`,
    ],
  ],
  [
    { type: 'object', allOf: [{ properties: { spec: { properties: { a: { pattern: 'a' } } } } }] },
    [
      `${root}.properties[spec]: Required value: because it is defined in ${root}.allOf[0].properties[spec]`,
    ],
  ],
]

for (const [props, want] of roots) {
  test(`the schema ${JSON.stringify(props)} of a kind`, () => {
    assert.deepEqual(checkedTexts(props), want)
  })
}

test('with a status subresource only some things may be said at the root', () => {
  const status = { statusEnabled: true }
  assert.deepEqual(checkedTexts(object({ spec: object({}) }), status), [])
  const [refusal = ''] = checkedTexts({ ...object({}), anyOf: [{ required: ['a'] }] }, status)
  const shown =
    /^openAPIV3Schema: Invalid value: (\{.*\}): only \[Description Type Format .* XValidations\] fields are allowed at the root of the schema if the status subresource is enabled$/
  const [, value = ''] = shown.exec(refusal) ?? []
  assert.ok(value.startsWith('{"ID":"","Schema":"","Ref":null,"Description":"","Type":"object",'))
  assert.equal(JSON.parse(value).AnyOf[0].Required[0], 'a')
  const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, text]))
  const [long = ''] = checkedTexts({ ...object(wide), not: {} }, status)
  assert.ok(long.startsWith('openAPIV3Schema: Invalid value: {"not":{},"properties":{"f0":'))
})

const defaults: readonly (readonly [CustomSchemaProps, readonly string[]])[] = [
  [{ type: 'integer', default: 3 }, []],
  [
    { type: 'integer', default: 'a' },
    [`${x}.default: Invalid value: "string":  in body must be of type integer: "string"`],
  ],
  [
    { type: 'string', enum: ['a'], default: 'b' },
    [`${x}.default: Unsupported value: "b": supported values: "a"`],
  ],
  [
    { ...object({ a: text }), default: { a: 'b', c: 'd' } },
    [`${x}.default: Invalid value: {"a":"b","c":"d"}: must not have unknown fields`],
  ],
  [
    { ...object({ a: { type: 'integer' } }), default: { a: 'b' } },
    [`${x}.default.a: Invalid value: "string": a in body must be of type integer: "string"`],
  ],
  [
    {
      ...object({}),
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
      default: { metadata: { name: 3 } },
    },
    [
      `${x}.default.metadata: Invalid value: {"name":3}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string`,
    ],
  ],
  [
    {
      ...object({}),
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
      default: { kind: 'A' },
    },
    [`${x}.default.apiVersion: Required value`],
  ],
]

for (const [node, want] of defaults) {
  test(`the default of ${JSON.stringify(node)}`, () => {
    assert.deepEqual(checkedTexts(withX(node)), want)
  })
}

const rules: readonly (readonly [object, readonly string[]])[] = [
  [{ rule: 'true' }, []],
  [{ rule: ' ' }, ['.rule: Required value: rule is not specified']],
  [
    { rule: 'true', message: ' ' },
    ['.message: Invalid value: " ": must be non-empty if specified'],
  ],
  [
    { rule: 'true', message: 'a\nb' },
    ['.message: Invalid value: "a\\nb": must not contain line breaks'],
  ],
  [
    { rule: 'true\n&& true' },
    ['.message: Required value: message must be specified if rule contains line breaks'],
  ],
  [
    { rule: 'true', reason: 'Why' },
    [
      '.reason: Unsupported value: "Why": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
    ],
  ],
  [{ rule: 'true', fieldPath: '.a' }, []],
  [{ rule: 'true', fieldPath: '.b' }, ['.fieldPath: Invalid value: ".b": must be a valid path']],
]

for (const [rule, want] of rules) {
  test(`the rule ${JSON.stringify(rule)}`, () => {
    // Cast: a rule as a client gives it.
    const given = rule as { rule: string }
    const node = { ...object({ a: text }), 'x-kubernetes-validations': [given] }
    const at = `${x}.x-kubernetes-validations[0]`
    assert.deepEqual(
      checkedTexts(withX(node)),
      want.map((message) => `${at}${message}`),
    )
  })
}

test('an update may keep what the stored schema broke already', () => {
  const set: CustomSchemaProps = {
    type: 'array',
    items: object({ a: text }),
    'x-kubernetes-list-type': 'set',
  }
  const unknown = { ...object({ a: text }), default: { b: 1 } }
  for (const node of [set, keyed({ 'x-kubernetes-list-map-keys': ['b'] }), unknown]) {
    assert.equal(checkedTexts(withX(node)).length, 1)
    assert.deepEqual(checkedTexts(withX(node), { old: [withX(node)] }), [])
    assert.equal(checkedTexts(withX(node), { old: [withX(text)] }).length, 1)
  }
  const untyped = withX({})
  assert.equal(checkedTexts(untyped).length, 1)
  assert.deepEqual(checkedTexts(untyped, { old: [untyped] }), [])
})
