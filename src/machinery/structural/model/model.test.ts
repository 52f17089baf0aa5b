import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metadataNode, structuralOf } from '../structural-fixture.ts'
import { unknownFormats } from './known-formats.ts'
import { parseStructural } from './parse.ts'
import { schemaAt } from './schema-at.ts'
import { type CustomSchemaProps, hasRules } from './schema-props.ts'

const text: CustomSchemaProps = { type: 'string' }
const tree: CustomSchemaProps = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { a: text, 'b.c': text, m: { type: 'object', additionalProperties: text } },
    },
  },
}

const paths: readonly (readonly [string, string | readonly string[]])[] = [
  ['.spec.a', ['spec', 'a']],
  [".spec['b.c']", ['spec', 'b.c']],
  ['.spec.m.any', ['spec', 'm', 'any']],
  [".spec.m['it\\'s']", ['spec', 'm', "it's"]],
  ['.spec.z', 'does not refer to a valid field'],
  ['.spec.a.z', 'does not refer to a valid field'],
  ['spec', 'expected [ or . but got: spec'],
  ['.', 'unexpected end of JSON path'],
  ['.spec[', 'unexpected end of JSON path'],
  ['.spec[0]', 'expected single quoted string but got 0'],
  [".spec['a'", 'unexpected end of JSON path'],
  [".spec['a'.", 'expected ] but got .'],
]

for (const [path, want] of paths) {
  test(`the path ${path}`, () => {
    const found = schemaAt(structuralOf(tree), path)
    if (typeof want === 'string') assert.deepEqual(found, { refusal: want })
    else assert.deepEqual('fieldPath' in found ? found.fieldPath : found, want)
  })
}

test('brackets can be ruled out of a path', () => {
  const found = schemaAt(structuralOf(tree), ".spec['b.c']", { allowsBrackets: false })
  assert.deepEqual(found, { refusal: 'array notation is not allowed' })
})

test('a schema that cannot be structural has no tree', () => {
  assert.equal(parseStructural(tree, metadataNode)?.type, 'object')
  for (const props of [
    { ...tree, $ref: '#/a' },
    { ...tree, not: { items: [text] } },
    { ...tree, allOf: [{ 'x-kubernetes-preserve-unknown-fields': false }] },
  ]) {
    assert.equal(parseStructural(props, metadataNode), undefined)
  }
})

test('formats that upstream does not know are named once', () => {
  const properties = {
    a: { ...text, format: 'odd' },
    b: { ...text, format: 'odd' },
    c: { ...text, format: 'date-time' },
    d: { type: 'integer', format: 'uint64' },
    e: { type: 'number', format: 'double' },
  }
  assert.deepEqual(unknownFormats({ type: 'object', properties }), ['odd', 'uint64'])
})

test('rules are found wherever they are', () => {
  const rules = { 'x-kubernetes-validations': [{ rule: 'true' }] }
  assert.equal(hasRules(tree), false)
  const places: readonly CustomSchemaProps[] = [
    rules,
    { items: rules },
    { properties: { a: { additionalProperties: rules } } },
    { allOf: [{ not: rules }] },
  ]
  for (const props of places) assert.equal(hasRules(props), true)
})
