import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SchemaNode } from '#machinery/schema'
import { type CustomSchemaProps, parseStructural } from '#machinery/structural'
import { fieldErrorMessage, fieldPath } from '#machinery/validation'
import { checkRules, customRules } from './index.ts'

/** Metadata that is taken as it is. */
const metadata: SchemaNode = { kind: 'object', name: 'v1.ObjectMeta', field: () => undefined }

type Json = Readonly<Record<string, unknown>>

const structuralOf = (props: CustomSchemaProps) => {
  const structural = parseStructural(props, metadata)
  assert.ok(structural)
  return structural
}

/** The schema of an object whose spec is of a schema. */
const withSpec = (spec: CustomSchemaProps): CustomSchemaProps => ({
  type: 'object',
  properties: { spec },
})

/** What an object breaks, as messages. */
function broken(props: CustomSchemaProps, object: Json, old?: Json): readonly string[] {
  const rules = customRules(structuralOf(props))
  assert.ok(rules)
  return rules.validate(object, { old }).errors.map(fieldErrorMessage)
}

/** What is wrong with the rules of a schema, as messages. */
const refused = (props: CustomSchemaProps): readonly string[] =>
  checkRules(structuralOf(props), fieldPath('schema')).map(fieldErrorMessage)

const replicas: CustomSchemaProps = withSpec({
  type: 'object',
  properties: { replicas: { type: 'integer' }, max: { type: 'integer' }, name: { type: 'string' } },
  'x-kubernetes-validations': [{ rule: 'self.replicas <= self.max' }],
})

test('an object that breaks a rule is refused with the rule', () => {
  assert.deepEqual(broken(replicas, { spec: { replicas: 2, max: 3 } }), [])
  assert.deepEqual(broken(replicas, { spec: { replicas: 4, max: 3 } }), [
    'spec: Invalid value: failed rule: self.replicas <= self.max',
  ])
  assert.deepEqual(broken(replicas, {}), [])
})

test('a rule that cannot be evaluated says why', () => {
  assert.deepEqual(broken(replicas, { spec: { replicas: 4 } }), [
    'spec: Invalid value: "object": no such key: max evaluating rule: self.replicas <= self.max',
  ])
  const union = withSpec({
    type: 'object',
    properties: { port: { 'x-kubernetes-int-or-string': true } },
    'x-kubernetes-validations': [{ rule: 'self.port > 1', message: 'small' }],
  })
  assert.deepEqual(broken(union, { spec: { port: 'http' } }), [
    `spec: Invalid value: "object": 'no such overload: _>_(string, int)': call arguments did not match a supported operator, function or macro signature for rule: small`,
  ])
})

test('messages, reasons and field paths are those of the rule', () => {
  const rule = { rule: 'self.name != "x"' }
  const node = (more: object): CustomSchemaProps =>
    withSpec({
      type: 'object',
      properties: {
        name: { type: 'string' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
      },
      'x-kubernetes-validations': [{ ...rule, ...more }],
    })
  const object = { spec: { name: 'x' } }
  const messages: readonly (readonly [object, string])[] = [
    [{ message: ' no x ' }, 'spec: Invalid value: no x'],
    [{ messageExpression: '"not " + self.name' }, 'spec: Invalid value: not x'],
    [{ message: 'no x', messageExpression: 'self.labels.a' }, 'spec: Invalid value: no x'],
    [{ message: 'no x', messageExpression: '" "' }, 'spec: Invalid value: no x'],
    [{ reason: 'FieldValueForbidden', message: 'no' }, 'spec: Forbidden: no'],
    [{ reason: 'FieldValueRequired', message: 'no' }, 'spec: Required value: no'],
    [{ reason: 'FieldValueDuplicate', message: 'no' }, 'spec: Duplicate value'],
    [{ fieldPath: '.name', message: 'no' }, 'spec.name: Invalid value: no'],
    [{ fieldPath: ".labels['a.b']", message: 'no' }, 'spec.labels[a.b]: Invalid value: no'],
  ]
  for (const [more, message] of messages) assert.deepEqual(broken(node(more), object), [message])
  const scalar = withSpec({ type: 'string', 'x-kubernetes-validations': [{ rule: 'self != "x"' }] })
  assert.deepEqual(broken(scalar, { spec: 'x' }), [
    'spec: Invalid value: "x": failed rule: self != "x"',
  ])
})

test('rules hold at the root, in items, in members of maps and in allOf', () => {
  const name: CustomSchemaProps = {
    type: 'string',
    'x-kubernetes-validations': [{ rule: 'size(self) < 3' }],
  }
  const props: CustomSchemaProps = {
    type: 'object',
    'x-kubernetes-validations': [{ rule: 'self.metadata.name != "bad" && self.kind == "Thing"' }],
    properties: {
      list: { type: 'array', items: name },
      map: { type: 'object', additionalProperties: name },
      both: {
        type: 'string',
        allOf: [{ 'x-kubernetes-validations': [{ rule: 'self.startsWith("a")' }] }],
      },
    },
  }
  const meta = { kind: 'Thing', metadata: { name: 'bad' } }
  assert.deepEqual(broken(props, { ...meta, list: ['a', 'abc'], map: { k: 'abc' }, both: 'b' }), [
    '<nil>: Invalid value: failed rule: self.metadata.name != "bad" && self.kind == "Thing"',
    'list[1]: Invalid value: "abc": failed rule: size(self) < 3',
    'map[k]: Invalid value: "abc": failed rule: size(self) < 3',
    'both: Invalid value: "b": failed rule: self.startsWith("a")',
  ])
})

test('rules on oldSelf hold on update only, where there is an old value', () => {
  const immutable: CustomSchemaProps = {
    type: 'string',
    'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'immutable' }],
  }
  const item: CustomSchemaProps = {
    type: 'object',
    properties: { k: { type: 'string' }, v: immutable },
  }
  const props = withSpec({
    type: 'object',
    properties: {
      name: immutable,
      list: {
        type: 'array',
        items: item,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
      },
    },
  })
  const old = {
    spec: {
      name: 'a',
      list: [
        { k: '1', v: 'x' },
        { k: '2', v: 'y' },
      ],
    },
  }
  assert.deepEqual(broken(props, { spec: { name: 'b' } }), [])
  assert.deepEqual(broken(props, { spec: { name: 'b' } }, {}), [])
  assert.deepEqual(
    broken(
      props,
      {
        spec: {
          name: 'b',
          list: [
            { k: '2', v: 'z' },
            { k: '3', v: 'x' },
          ],
        },
      },
      old,
    ),
    ['spec.name: Invalid value: "b": immutable', 'spec.list[0].v: Invalid value: "z": immutable'],
  )
})

test('with optionalOldSelf a rule is evaluated without an old value too', () => {
  const rule = { rule: 'oldSelf.hasValue() || self == "first"', optionalOldSelf: true }
  const props = withSpec({ type: 'string', 'x-kubernetes-validations': [rule] })
  assert.deepEqual(broken(props, { spec: 'first' }), [])
  assert.deepEqual(broken(props, { spec: 'x' }), [
    `spec: Invalid value: "x": failed rule: ${rule.rule}`,
  ])
  assert.deepEqual(broken(props, { spec: 'x' }, { spec: 'y' }), [])
})

test('what an update leaves as it was may break a rule, which becomes a warning', () => {
  const rules = customRules(structuralOf(replicas))
  const object = { spec: { replicas: 4, max: 3 }, status: 1 }
  const old = { spec: { replicas: 4, max: 3 }, status: 2 }
  const result = rules?.validate(object, { old })
  assert.deepEqual(result?.errors, [])
  assert.deepEqual(result?.tolerated.map(fieldErrorMessage), [
    'spec: Invalid value: failed rule: self.replicas <= self.max',
  ])
  const changed = rules?.validate(object, { old: { spec: { replicas: 5, max: 3 } } })
  assert.equal(changed?.errors.length, 1)
})

test('values have the types of their schema', () => {
  const props = withSpec({
    type: 'object',
    properties: {
      at: { type: 'string', format: 'date-time' },
      for: { type: 'string', format: 'duration' },
      data: { type: 'string', format: 'byte' },
      ratio: { type: 'number' },
      set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      'a-b': { type: 'string', nullable: true },
      items: { type: 'array', items: { type: 'string', nullable: true } },
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      embedded: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
      },
    },
    'x-kubernetes-validations': [
      {
        rule: 'self.at < timestamp("2025-01-01T00:00:00Z") && self.__for__ == duration("1h") && self.data == b"hi"',
      },
      {
        rule: 'self.ratio > 0.5 && self.set == ["b", "a"] && !has(self.a__dash__b) && self.items[0] == dyn(null)',
      },
      { rule: 'self.embedded.metadata.name == "x" && self.embedded.kind == "Pod"' },
    ],
  })
  const spec = {
    at: '2024-01-01T00:00:00Z',
    for: '1h',
    data: 'aGk=',
    ratio: 1,
    set: ['a', 'b'],
    'a-b': null,
    items: [null],
    open: { any: 1 },
    embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: {} },
  }
  assert.deepEqual(refused(props), [])
  assert.deepEqual(broken(props, { spec }), [])
})

test('rules of an object stop when they have cost too much together', () => {
  const costly = { rule: 'lists.range(1000).all(x, true)' }
  const props = withSpec({ type: 'string', 'x-kubernetes-validations': Array(20).fill(costly) })
  const budget = { remaining: 10_000 }
  const result = customRules(structuralOf(props))?.validate({ spec: 'x' }, { budget })
  assert.deepEqual(result?.errors.map(fieldErrorMessage), [
    'spec: Invalid value: "string": validation failed due to running out of cost budget, no further validation rules will be run',
  ])
  assert.equal(budget.remaining, 0)
  const rule = 'lists.range(900000).all(x, true)'
  const one = withSpec({
    type: 'string',
    'x-kubernetes-validations': [{ rule }, { rule: 'false' }],
  })
  assert.deepEqual(broken(one, { spec: 'x' }), [
    `spec: Invalid value: "string": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
  ])
})

test('a schema with rules that do not compile is refused', () => {
  const shown = (rule: string, more = ''): string =>
    `{"Rule":${JSON.stringify(rule).replace('<', '\\u003c')},"Message":"","MessageExpression":${JSON.stringify(more)},"Reason":null,"FieldPath":"","OptionalOldSelf":null}`
  const at = 'schema.properties[spec].x-kubernetes-validations[0]'
  const refusals: readonly (readonly [object, string])[] = [
    [
      { rule: 'self.x' },
      `${at}.rule: Invalid value: ${shown('self.x')}: compilation failed: ERROR: <input>:1:5: undefined field 'x'\n | self.x\n | ....^`,
    ],
    [
      { rule: 'self.n' },
      `${at}.rule: Invalid value: ${shown('self.n')}: cel expression must evaluate to a bool`,
    ],
    [
      { rule: 'self.m < 1' },
      `${at}.rule: Invalid value: ${shown('self.m < 1')}: compilation failed: ERROR: <input>:1:5: undefined field 'm'\n | self.m < 1\n | ....^`,
    ],
    [
      { rule: 'true', messageExpression: '1' },
      `${at}.messageExpression: Invalid value: ${shown('true', '1')}: messageExpression must evaluate to a string`,
    ],
    [
      { rule: 'true', messageExpression: 'x' },
      `${at}.messageExpression: Invalid value: ${shown('true', 'x')}: messageExpression compilation failed: ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^`,
    ],
    [
      { rule: 'true', optionalOldSelf: true },
      `${at}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`,
    ],
  ]
  for (const [rule, message] of refusals) {
    const spec = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      'x-kubernetes-validations': [rule],
    }
    // Cast: a rule as a client writes it.
    assert.deepEqual(refused(withSpec(spec as CustomSchemaProps)), [message])
  }
})

test('a rule on oldSelf inside of a list without keys is refused', () => {
  const rule = 'self == oldSelf'
  const props = withSpec({
    type: 'array',
    maxItems: 10,
    items: { type: 'string', maxLength: 10, 'x-kubernetes-validations': [{ rule }] },
  })
  assert.deepEqual(refused(props), [
    `schema.properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: "${rule}": oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[spec]`,
  ])
})

test('a default that breaks a rule is refused', () => {
  const rule = { rule: 'self > 1' }
  const props = (given: number) =>
    withSpec({ type: 'integer', default: given, 'x-kubernetes-validations': [rule] })
  assert.deepEqual(refused(props(2)), [])
  assert.deepEqual(refused(props(1)), [
    'schema.properties[spec].default: Invalid value: 1: failed rule: self > 1',
  ])
  const inside = withSpec({
    type: 'object',
    default: { n: 1 },
    properties: { n: { type: 'integer', 'x-kubernetes-validations': [rule] } },
  })
  assert.deepEqual(refused(inside), [
    'schema.properties[spec].default.n: Invalid value: 1: failed rule: self > 1',
  ])
})

test('a default below additionalProperties is taken as it is, as upstream takes it', () => {
  const rule = { rule: 'self > 1' }
  const others = { type: 'integer', default: 1, maximum: 9, 'x-kubernetes-validations': [rule] }
  const props = withSpec({ type: 'object', maxProperties: 9, additionalProperties: others })
  assert.deepEqual(refused(props), [])
})

test('a schema without rules has none to compile', () => {
  assert.equal(customRules(structuralOf(withSpec({ type: 'string' }))), undefined)
})
