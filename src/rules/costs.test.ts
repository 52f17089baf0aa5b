import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SchemaNode } from '#machinery/schema'
import { type CustomSchemaProps, parseStructural } from '#machinery/structural'
import { fieldErrorMessage, fieldPath } from '#machinery/validation'
import { compileCustomRule } from './compiled-rule.ts'
import { declaredType } from './declared-type.ts'
import { checkRules } from './index.ts'

const metadata: SchemaNode = { kind: 'object', name: 'v1.ObjectMeta', field: () => undefined }

const structuralOf = (props: CustomSchemaProps) => {
  const structural = parseStructural(props, metadata)
  assert.ok(structural)
  return structural
}

/** What a rule at a field of some schema costs at most. */
function costOf(props: CustomSchemaProps, rule: string): number | undefined {
  const field = structuralOf({ type: 'object', properties: { field: props } }).properties.get(
    'field',
  )
  const type = field && declaredType(field, false, 'selfType')
  assert.ok(field && type)
  const compiled = compileCustomRule({ rule }, field, type)
  assert.equal(compiled.error, undefined)
  return compiled.program?.maxCost()
}

const text: CustomSchemaProps = { type: 'string' }
const number: CustomSchemaProps = { type: 'number' }
const object: CustomSchemaProps = {
  type: 'object',
  required: ['required'],
  properties: { required: text, optional: text },
}
const union: CustomSchemaProps = { 'x-kubernetes-int-or-string': true }
const list =
  (items: CustomSchemaProps) =>
  (maxItems?: number): CustomSchemaProps => ({
    ...{ type: 'array', items },
    ...(maxItems !== undefined && { maxItems }),
  })
const map =
  (additionalProperties: CustomSchemaProps) =>
  (maxProperties?: number): CustomSchemaProps => ({
    ...{ type: 'object', additionalProperties },
    ...(maxProperties !== undefined && { maxProperties }),
  })
const bounded =
  (more: object = {}) =>
  (maxLength?: number): CustomSchemaProps => ({
    ...{ type: 'string', ...more },
    ...(maxLength !== undefined && { maxLength }),
  })
const formatted = (format: string): CustomSchemaProps => ({ type: 'string', format })

/** Schemas, rules, what they cost without a bound, the bound, and what they cost with it, as upstream has it. */
const known: readonly (readonly [
  (bound?: number) => CustomSchemaProps,
  string,
  number,
  number,
  number,
])[] = [
  [list(number), 'self.all(x, true)', 4_718_591, 10, 32],
  [list(text), 'self.all(x, true)', 3_145_727, 20, 62],
  [list({ type: 'boolean' }), 'self.all(x, true)', 1_887_437, 5, 17],
  [list(list(number)()), 'self.all(x, true)', 3_145_727, 100, 302],
  [list(object), 'self.all(x, true)', 555_128, 50, 152],
  [map(number), 'self.all(x, true)', 1_348_169, 10, 32],
  [map(text), 'self.all(x, true)', 1_179_647, 3, 11],
  [map({ type: 'boolean' }), 'self.all(x, true)', 943_718, 100, 302],
  [bounded(), "self.contains('test')", 314_574, 10, 5],
  [bounded(), "self.startsWith('test')", 2, 15, 2],
  [bounded(), 'size(self + "hello") > size("hello")', 314_578, 4, 7],
  [list(number), 'self[1] == 0.0', 2, 5000, 2],
  [list(text), 'self[1] == self[1]', 314_577, 8, 314_577],
  [list(number), 'self.all(x, self.all(y, true))', 2 + 1_572_863 * (3 + 4_718_591), 10, 352],
  [bounded(), 'self.matches("x")', 314_574, 50, 22],
  [bounded(), '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
  [bounded(), 'self == "x"', 2, 0, 1],
  [bounded({ format: 'byte' }), 'self == b"x"', 2, 0, 1],
  [list(number), 'self.all(x, x == 0.0)', 6_291_454, 3 * 1024 * 2048, 25_165_826],
  [list(union), 'self.all(x, true)', 4_718_591, 10, 32],
  [list(union), 'self[0] == 5', 3, 10, 3],
  [list(object), 'self[0] == null', 2, 422, 2],
  [list(list(number)()), 'self[0][0] == -1.0', 3, 51, 3],
  [list(map(number)()), 'self.all(x, x.y == 25.2)', 6_291_452, 12, 74],
  [list(formatted('duration')), 'self.all(x, true)', 2_359_295, 5, 17],
  [list(formatted('duration')), 'self[0].getHours() == 2', 4, 525, 4],
  [list(formatted('date')), 'self.all(x, true)', 725_936, 15, 47],
  [list(formatted('date-time')), 'self.all(x, true)', 428_963, 25, 77],
]

test('rules are estimated by the bounds of their schemas, to the numbers of upstream', () => {
  for (const [schema, rule, unbounded, bound, cost] of known) {
    assert.equal(costOf(schema(), rule), unbounded, rule)
    assert.equal(costOf(schema(bound), rule), cost, `${rule} with ${bound}`)
  }
})

const refused = (props: CustomSchemaProps, options = {}): readonly string[] =>
  checkRules(
    structuralOf({ type: 'object', properties: { spec: props } }),
    fieldPath('schema'),
    options,
  ).map(fieldErrorMessage)

const advice =
  '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)'

test('rules that may cost too much are refused, unless their schema is stored already', () => {
  const twice = { rule: 'self.all(x, self.all(y, x == y))' }
  const at = 'schema.properties[spec].x-kubernetes-validations'
  const dear = { ...list(number)(), 'x-kubernetes-validations': [twice] }
  assert.deepEqual(refused(dear), [
    `${at}[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
    `${at}[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
  ])
  assert.equal(refused(dear, { isStored: true }).length, 2)
  assert.deepEqual(refused({ ...list(number)(10), 'x-kubernetes-validations': [twice] }), [])
})

test('a rule counts for every value that a request can hold', () => {
  const rule = { rule: 'self.contains("abc")' }
  const item = { type: 'string', maxLength: 100, 'x-kubernetes-validations': [rule] }
  const at = 'schema.properties[spec].items.x-kubernetes-validations[0].rule'
  assert.deepEqual(refused(list(item)(100)), [])
  assert.deepEqual(refused(list(item)()), [
    `${at}: Forbidden: estimated rule cost exceeds budget by factor of 4.3x ${advice}`,
  ])
})
