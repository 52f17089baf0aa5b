/** What must hold for all schemas and objects, and for those that mean harm. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { withinMs } from '../hostile-fixture.ts'
import type { CustomSchemaProps } from './model/schema-props.ts'
import { checkedTexts, messagesOf, specProps, structuralOf } from './structural-fixture.ts'
import { validateCustom } from './validate/validate-custom.ts'
import { defaultCustom } from './values/default-custom.ts'
import { pruneCustom } from './values/prune-custom.ts'

const names = fc.constantFrom('a', 'b', 'c')

const { schema } = fc.letrec<{ schema: CustomSchemaProps }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record(
      {
        type: fc.constant('string'),
        default: fc.constantFrom('x', 'y'),
        nullable: fc.boolean(),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      { type: fc.constant('integer'), minimum: fc.integer({ min: -1, max: 1 }) },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(names, tie('schema'), { minKeys: 1, maxKeys: 3 }),
        required: fc.uniqueArray(names, { minLength: 1, maxLength: 2 }),
        'x-kubernetes-preserve-unknown-fields': fc.constant(true),
        default: fc.constant({}),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
  ),
}))
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1.5, 'x', ''),
    fc.dictionary(names, tie('value'), { maxKeys: 3 }),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}))
const object = fc.dictionary(names, value, { maxKeys: 3 })

test('what is pruned and completed stays as it is when that is done again', () => {
  fc.assert(
    fc.property(schema, object, (props, spec) => {
      const structural = structuralOf(specProps({ a: props, b: props }))
      const pruned = pruneCustom({ kind: 'W', spec }, structural).value
      assert.equal(pruneCustom(pruned, structural).value, pruned)
      const completed = defaultCustom(pruned, structural)
      assert.equal(defaultCustom(completed, structural), completed)
      assert.equal(pruneCustom(completed, structural).value, completed)
    }),
  )
})

/**
 * Whether defaults stand below `additionalProperties`: upstream fills them in and does not check
 * them (`ValidateDefaults` in apiextensions-apiserver), so that they may be wrong.
 */
function hasUncheckedDefaults(node: CustomSchemaProps, inMap = false): boolean {
  const { additionalProperties: others, items, properties = {} } = node
  if (inMap && node.default !== undefined) return true
  if (typeof others === 'object' && hasUncheckedDefaults(others, true)) return true
  const children = [...Object.values(properties), ...(items ? [items].flat() : [])]
  return children.some((child) => hasUncheckedDefaults(child, inMap))
}

test('with the defaults of an accepted schema a valid object stays valid', () => {
  let tried = 0
  fc.assert(
    fc.property(schema, object, (node, spec) => {
      const props = specProps({ a: node, b: node })
      if (checkedTexts(props).length > 0 || hasUncheckedDefaults(node)) return
      const structural = structuralOf(props)
      const { value: pruned } = pruneCustom({ spec }, structural)
      // A null that a default takes the place of is no fault yet.
      const before = messagesOf(validateCustom(pruned, structural))
      if (before.some((fault) => !fault.includes('"null"'))) return
      tried++
      const faults = messagesOf(validateCustom(defaultCustom(pruned, structural), structural))
      assert.ok(faults.every((fault) => before.includes(fault)))
    }),
    { numRuns: 500 },
  )
  assert.ok(tried > 20, `${tried} schemas were tried`)
})

test('an object that is valid by itself is valid as an update of any other', () => {
  fc.assert(
    fc.property(schema, object, object, (props, spec, oldSpec) => {
      const structural = structuralOf(specProps({ a: props, b: props }))
      const faults = validateCustom({ spec }, structural)
      const asUpdate = validateCustom({ spec }, structural, { old: { spec: oldSpec } })
      assert.ok(asUpdate.length <= faults.length)
    }),
  )
})

const wide = (length: number, node: CustomSchemaProps): CustomSchemaProps => ({
  type: 'object',
  properties: Object.fromEntries(Array.from({ length }, (_, i) => [`f${i}`, node])),
})

test('a schema that is wrong everywhere is answered as fast as one that is right', () => {
  const props = { type: 'string' }
  const hostile: Readonly<Record<string, CustomSchemaProps>> = {
    'below a long path': deep(
      300,
      (p) => ({ type: 'object', properties: { p } }),
      wide(20_000, {}),
    ),
    'below a long name': {
      type: 'object',
      properties: { ['n'.repeat(100_000)]: wide(20_000, {}) },
    },
    'lists that show what is in them': deep(400, (inside) => ({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      items: [inside, { type: 'string', description: 'd'.repeat(2000) }],
    })),
    'paths of rules at each level': deep(
      400,
      (p) => ({
        type: 'object',
        properties: { p },
        'x-kubernetes-validations': [{ rule: 'true', fieldPath: '.p' }],
      }),
      wide(2000, props),
    ),
    'many paths of rules': {
      ...wide(2000, props),
      'x-kubernetes-validations': Array.from({ length: 2000 }, () => ({
        rule: 'true',
        fieldPath: '.f1',
      })),
    },
  }
  for (const [name, x] of Object.entries(hostile)) {
    withinMs(3000, () => {
      const texts = checkedTexts(specProps({ x }))
      assert.ok(texts.length <= 2000, name)
      assert.ok(texts.join('').length < 8 << 20, name)
    })
  }
})

/** Objects within objects, or lists within lists. */
function deep(
  levels: number,
  within: (inside: CustomSchemaProps) => CustomSchemaProps,
  innermost: CustomSchemaProps = { type: 'string', default: 'd' },
): CustomSchemaProps {
  let props = innermost
  for (let i = 0; i < levels; i++) props = within(props)
  return props
}

test('a deep schema is no burden', () => {
  const kinds: readonly ((inside: CustomSchemaProps) => CustomSchemaProps)[] = [
    (items) => ({ type: 'array', items }),
    (a) => ({ type: 'object', properties: { a } }),
    (a) => ({ type: 'object', default: {}, properties: { a } }),
    (additionalProperties) => ({ type: 'object', additionalProperties }),
  ]
  withinMs(3000, () => {
    for (const within of kinds) {
      const props = specProps({ x: deep(400, within) })
      assert.deepEqual(checkedTexts(props), [])
      const structural = structuralOf(props)
      const { value } = pruneCustom({ spec: { x: {} } }, structural)
      validateCustom(defaultCustom(value, structural), structural)
    }
  })
})

test('alternatives within alternatives are looked at once each', () => {
  let nested: CustomSchemaProps = { pattern: 'b' }
  for (let i = 0; i < 200; i++)
    nested = { anyOf: [nested, { pattern: 'c' }], allOf: [{ minLength: 9 }] }
  const structural = structuralOf(specProps({ x: { type: 'string', ...nested } }))
  withinMs(2000, () => {
    assert.ok(validateCustom({ spec: { x: 'a' } }, structural).length > 0)
  })
})

test('of very many faults as many are told as an answer can carry', () => {
  const items = Array.from({ length: 100_000 }, (_, i) => i)
  const lists: readonly CustomSchemaProps[] = [
    { type: 'array', items: { type: 'string' } },
    { type: 'array', items: { type: 'integer', enum: items.map((i) => -i - 1) } },
    { type: 'array', items: { type: 'integer', minimum: 1e6 }, maxItems: 3 },
  ]
  for (const list of lists) {
    const structural = structuralOf(specProps({ x: list }))
    withinMs(4000, () => {
      const faults = validateCustom({ spec: { x: items } }, structural)
      assert.ok(faults.length > 0 && faults.length <= 1000)
    })
  }
})

test('faults of very many items below a long name are told up to a bound', () => {
  const name = 'n'.repeat(100_000)
  const lists: readonly (readonly [CustomSchemaProps, unknown])[] = [
    [
      { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
      Array.from({ length: 100_000 }, (_, i) => i % 50_000),
    ],
    [
      {
        type: 'array',
        items: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
      },
      Array.from({ length: 50_000 }, () => ({})),
    ],
    [{ type: 'array', items: { type: 'string' } }, Array.from({ length: 50_000 }, () => 1)],
  ]
  for (const [node, value] of lists) {
    const structural = structuralOf(specProps({ [name]: node }))
    withinMs(3000, () => {
      const texts = messagesOf(validateCustom({ spec: { [name]: value } }, structural))
      assert.ok(texts.length > 0 && texts.join('').length < 8 << 20)
    })
  }
})

test('a schema and an object that together would take hours are refused', () => {
  const branches = Array.from({ length: 20_000 }, (_, i) => ({ maxProperties: i + 1 }))
  const pattern = '(a?){900}b'
  const hostile: readonly (readonly [CustomSchemaProps, unknown])[] = [
    [
      { type: 'array', items: { type: 'object', allOf: branches } },
      Array.from({ length: 100_000 }, () => ({})),
    ],
    [
      { type: 'array', items: { type: 'string', pattern } },
      Array.from({ length: 100 }, () => 'a'.repeat(20_000)),
    ],
  ]
  for (const [node, x] of hostile) {
    const structural = structuralOf(specProps({ x: node }))
    withinMs(20_000, () => {
      const message = 'Request entity too large: it takes too long to validate'
      assert.throws(() => validateCustom({ spec: { x } }, structural), { message })
    })
  }
})

test('items are told apart in one pass, and compared with those before in one pass', () => {
  const keyed: CustomSchemaProps = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'integer' } } },
  }
  const x = Array.from({ length: 50_000 }, (_, i) => ({ k: `${i}`, v: 'no number' }))
  const structural = structuralOf(specProps({ x: keyed }))
  withinMs(4000, () => {
    const old = { spec: { x: x.toReversed() } }
    assert.deepEqual(validateCustom({ spec: { x } }, structural, { old }), [])
  })
})
