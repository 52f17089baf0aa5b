import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KubeObject } from '../object.ts'
import { applyConfiguration, trackUpdate } from './apply.ts'
import {
  difference,
  type FieldSet,
  fieldsOf,
  intersection,
  isEmptySet,
  members,
  union,
} from './field-set.ts'
import type { Ownership } from './schema.ts'

const leaf: Ownership = { kind: 'leaf' }
const fields = (known: Readonly<Record<string, Ownership>>): Ownership => ({
  kind: 'fields',
  child: (name) => known[name] ?? leaf,
})
const labels: Ownership = { kind: 'fields', child: () => leaf }
const ownership = fields({
  metadata: fields({ labels, finalizers: { kind: 'set' } }),
  spec: fields({
    containers: { kind: 'keyed', keys: ['name'], defaults: {}, element: fields({}) },
    ports: {
      kind: 'keyed',
      keys: ['port', 'protocol'],
      defaults: { protocol: 'TCP' },
      element: fields({}),
    },
    selector: leaf,
  }),
})

const as = (name: string, operation: 'Apply' | 'Update' = 'Apply') => ({
  name,
  operation,
  apiVersion: 'v1',
  subresource: '',
})
const apply = (live: KubeObject | undefined, applied: object, name = 'a', force = false) =>
  applyConfiguration({
    live,
    applied: applied as KubeObject,
    manager: as(name),
    force,
    ownership,
    time: 't',
  })
const spec = (object: KubeObject) => (object as { spec?: unknown }).spec

test('an apply creates, and the same apply again changes nothing at all', () => {
  const once = apply(undefined, {
    metadata: { name: 'x', labels: { l: '1' } },
    spec: { replicas: 1 },
  })
  assert.deepEqual(once.metadata?.managedFields, [
    {
      manager: 'a',
      operation: 'Apply',
      apiVersion: 'v1',
      time: 't',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:metadata': { 'f:labels': { 'f:l': {} } }, 'f:spec': { 'f:replicas': {} } },
    },
  ])
  const again = applyConfiguration({
    live: once,
    applied: { metadata: { name: 'x', labels: { l: '1' } }, spec: { replicas: 1 } } as KubeObject,
    manager: as('a'),
    force: false,
    ownership,
    time: 'later',
  })
  assert.deepEqual(again, once)
})

test('what a manager no longer applies goes, unless another one owns it too', () => {
  const first = apply(undefined, { spec: { a: 1, b: 2 } })
  const both = apply(first, { spec: { b: 2 } }, 'other')
  const less = apply(both, { spec: { a: 1 } })
  assert.deepEqual(spec(less), { a: 1, b: 2 }, 'the other still wants b')
  assert.deepEqual(spec(apply(less, { spec: {} }, 'other')), { a: 1 })
})

test("another manager's field is a conflict, named as upstream names it; force takes it", () => {
  const live = apply(undefined, {
    spec: { replicas: 1, containers: [{ name: 'w', image: 'i:1' }] },
  })
  assert.throws(() => apply(live, { spec: { replicas: 2 } }, 'b'), {
    code: 409,
    message: 'Apply failed with 1 conflict: conflict with "a": .spec.replicas',
  })
  assert.throws(
    () => apply(live, { spec: { containers: [{ name: 'w', image: 'i:2' }] } }, 'b'),
    /\.spec\.containers\[name="w"\]\.image/,
  )
  const forced = apply(live, { spec: { replicas: 2 } }, 'b', true)
  assert.deepEqual((spec(forced) as { replicas: number }).replicas, 2)
  const owners = forced.metadata?.managedFields?.map(({ manager, fieldsV1 }) => [
    manager,
    JSON.stringify(fieldsV1).includes('f:replicas'),
  ])
  assert.deepEqual(owners, [
    ['a', false],
    ['b', true],
  ])
})

test('elements of keyed lists merge by their keys, defaults of keys included', () => {
  const live = apply(undefined, {
    spec: {
      ports: [{ port: 80, protocol: 'TCP', name: 'http' }],
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    },
  })
  const merged = apply(
    live,
    {
      spec: {
        ports: [{ port: 80, name: 'http' }],
        containers: [
          { name: 'b', image: '1' },
          { name: 'c', image: '1' },
        ],
      },
    },
    'b',
  )
  assert.deepEqual(spec(merged), {
    ports: [{ port: 80, protocol: 'TCP', name: 'http' }],
    containers: [
      { name: 'a', image: '1' },
      { name: 'b', image: '1' },
      { name: 'c', image: '1' },
    ],
  })
})

test('a plain update owns what it changes, and takes it from who had it', () => {
  const live = apply(undefined, { spec: { replicas: 1, paused: true } })
  const updated = trackUpdate({
    live,
    updated: { ...live, spec: { replicas: 5, paused: true } } as KubeObject,
    manager: as('kubectl', 'Update'),
    ownership,
    time: 'u',
  })
  const owners = updated.metadata?.managedFields?.map(({ manager, operation, fieldsV1 }) => [
    manager,
    operation,
    fieldsV1,
  ])
  assert.deepEqual(owners, [
    ['a', 'Apply', { 'f:spec': { 'f:paused': {} } }],
    ['kubectl', 'Update', { 'f:spec': { 'f:replicas': {} } }],
  ])
  assert.throws(
    () => apply(updated, { spec: { replicas: 1, paused: true } }),
    /conflict with "kubectl" using v1: \.spec\.replicas/,
  )
})

const anyObject = fc.record({
  metadata: fc.record({
    labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')),
  }),
  spec: fc.record({
    x: fc.option(fc.integer(), { nil: undefined }),
    containers: fc.uniqueArray(
      fc.record({ name: fc.constantFrom('c', 'd', 'e'), image: fc.string() }),
      { selector: ({ name }) => name },
    ),
  }),
})

test('sets obey their algebra, and a forced apply always wins what it names', () => {
  const keys = (set: FieldSet) => [...members(set)].map((path) => path.join('/')).toSorted()
  fc.assert(
    fc.property(anyObject, anyObject, (a, b) => {
      const [x, y] = [fieldsOf(a, ownership), fieldsOf(b, ownership)]
      assert.ok(isEmptySet(difference(x, x)))
      assert.deepEqual(keys(union(difference(x, y), intersection(x, y))), keys(x))
      const plain = JSON.parse(JSON.stringify(b)) as KubeObject
      const forced = apply(apply(undefined, JSON.parse(JSON.stringify(a))), plain, 'b', true)
      assert.deepEqual(apply(forced, plain, 'b'), forced)
    }),
  )
})
