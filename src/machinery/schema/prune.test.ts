import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freezeDeep } from '../meta/encoded.ts'
import {
  cannotBeHandled,
  strictDecodingError,
  strictFaults,
  unrecognized,
} from '../status/decode-errors.ts'
import { withIn } from '../values/share.ts'
import { prune } from './prune.ts'
import { podSchema } from './schema-fixture.ts'

const pod = (spec: object) => ({ kind: 'Pod', metadata: { name: 'a' }, spec })

function partAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce((at, step) => (at as Readonly<Record<string | number, unknown>>)[step], value)
}

test('a value that needs no change comes back itself', () => {
  const value = freezeDeep(pod({ containers: [{ name: 'c', ports: [{ containerPort: 1 }] }] }))
  const pruned = prune(value, podSchema)
  assert.equal(pruned.value, value)
  assert.deepEqual(pruned.unknownFields, [])
})

test('a part that stands already is taken as it is', () => {
  const metadata = Object.freeze({ name: 'a', odd: 1 })
  const given = { ...pod({}), metadata }
  assert.equal(partAt(prune(given, podSchema, { metadata }).value, ['metadata']), metadata)
  const { unknownFields } = prune(given, podSchema, { metadata: { ...metadata } })
  assert.deepEqual(unknownFields, ['metadata.odd'])
})

test('what a write leaves as it was is the very part that stands', () => {
  const containers = [{ name: 'c', ports: [{ containerPort: 1 }] }, { name: 'd' }]
  const existing = freezeDeep(pod({ containers, nodeName: 'n' }))
  assert.equal(prune(structuredClone(existing), podSchema, existing).value, existing)
  const others = [
    pod({ containers: [...structuredClone(containers), { name: 'e' }], nodeName: 'n' }),
    pod({ containers: structuredClone(containers) }),
    pod({ containers: structuredClone(containers), nodeName: 'm', args: ['a'] }),
    pod({ containers: structuredClone(containers).slice(0, 1), nodeName: 'n' }),
  ]
  for (const other of others) {
    const { value } = prune(structuredClone(other), podSchema, existing)
    assert.deepEqual(value, other)
    const first = ['spec', 'containers', 0]
    assert.equal(partAt(value, first), partAt(existing, first))
    assert.equal(partAt(value, ['metadata']), partAt(existing, ['metadata']))
  }
})

test('where something else stands nothing is shared', () => {
  for (const spec of [[], {}, 'x', { containers: { a: 1 }, labels: [] }]) {
    const value = pod({ containers: [{ name: 'c' }], labels: { a: 'b' } })
    assert.deepEqual(prune(value, podSchema, freezeDeep(pod(spec as object))).value, value)
  }
})

test('no more than a hundred unknown fields are named, though all of them go', () => {
  const spec = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x${i}`, 1]))
  const pruned = prune(pod(spec), podSchema)
  assert.equal(pruned.unknownFields.length, 100)
  assert.deepEqual(pruned.value, pod({}))
})

test('unknown fields go and are named with their paths', () => {
  const value = pod({ foo: 1, containers: [{ name: 'c' }, { name: 'd', bar: { baz: 1 } }] })
  const pruned = prune({ ...value, __proto: 1 }, podSchema)
  assert.deepEqual(pruned.unknownFields, ['spec.foo', 'spec.containers[1].bar', '__proto'])
  assert.deepEqual(pruned.value, pod({ containers: [{ name: 'c' }, { name: 'd' }] }))
  assert.equal(
    strictDecodingError(strictFaults([...pruned.unknownFields.slice(0, 1), 'spec.foo', 'kind'])),
    'strict decoding error: unknown field "spec.foo", unknown field "kind"',
  )
})

const forms: readonly [string, object, object][] = [
  ['nulls go', { nodeName: null, containers: [null] }, { containers: [{}] }],
  [
    'nulls in lists and maps are zero',
    { args: ['a', null], labels: { a: null } },
    { args: ['a', ''], labels: { a: '' } },
  ],
  [
    'empty optional lists and maps go',
    { args: [], labels: {}, containers: [] },
    { containers: [] },
  ],
  ['empty structs stay', { emptyDir: {} }, { emptyDir: {} }],
  [
    'quantities become canonical',
    { cpu: 0.5, labels: { a: 'b' } },
    { cpu: '500m', labels: { a: 'b' } },
  ],
  ['times in UTC stay', { at: '2026-01-01T00:00:00Z' }, { at: '2026-01-01T00:00:00Z' }],
  ['fractions of times go', { at: '2026-01-01T00:00:00.5Z' }, { at: '2026-01-01T00:00:00Z' }],
  ['times move to UTC', { at: '2026-01-01T01:00:00+01:00' }, { at: '2026-01-01T00:00:00Z' }],
  ['durations are written as Go does', { after: '90s' }, { after: '1m30s' }],
  ['anything else stays', { raw: { x: [null, {}] } }, { raw: { x: [null, {}] } }],
]

for (const [name, given, want] of forms) {
  test(`decoding: ${name}`, () => assert.deepEqual(prune(pod(given), podSchema).value, pod(want)))
}

const mismatches: readonly [object, string][] = [
  [
    { containers: 'x' },
    'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
  ],
  [
    { containers: [{ ports: [{ containerPort: 'x' }] }] },
    'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    { replicas: 1.5 },
    'json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.replicas of type int32',
  ],
  [
    { replicas: 3e9 },
    'json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.replicas of type int32',
  ],
  [
    { labels: { a: 1 } },
    'json: cannot unmarshal number into Go struct field PodSpec.spec.labels of type string',
  ],
  [
    { labels: [] },
    'json: cannot unmarshal array into Go struct field PodSpec.spec.labels of type map[string]string',
  ],
  [
    { cpu: 'x' },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [{ at: 'x' }, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  [{ data: 'a' }, 'illegal base64 data at input byte 1'],
  [{ data: 'a*==' }, 'illegal base64 data at input byte 1'],
]

for (const [given, message] of mismatches) {
  test(`the spec ${JSON.stringify(given)} is refused`, () => {
    assert.throws(() => prune(pod(given), podSchema), { message })
  })
}

test('bodies that cannot be decoded are refused in upstream words', () => {
  const claimed = { kind: 'Pod', version: 'v1' }
  assert.equal(
    cannotBeHandled(claimed, 'Pod', 'why').message,
    'Pod in version "v1" cannot be handled as a Pod: why',
  )
  const body = Buffer.from('{"kind":"Pod","apiVersion":"v1",}')
  assert.equal(
    unrecognized('Pod', 'why', body).message,
    'the object provided is unrecognized (must be of type Pod): why ({"kind":"Pod","apiVersion":"v1 ...)',
  )
  assert.match(unrecognized('Pod', 'why', Buffer.from('ab')).message, / \(6162\)$/)
  assert.match(unrecognized('Pod', 'why', Buffer.from('')).message, / \(<empty>\)$/)
})

test('a changed part shares all others', () => {
  const value = freezeDeep({ a: { b: [{ c: 1 }, { d: 2 }] }, e: {} })
  const next = withIn(value, ['a', 'b', 0, 'c'], 3)
  assert.deepEqual(next, { a: { b: [{ c: 3 }, { d: 2 }] }, e: {} })
  assert.equal(next.e, value.e)
  assert.equal(next.a.b[1], value.a.b[1])
  assert.equal(withIn(value, ['a', 'b', 0, 'c'], 1), value)
  assert.deepEqual(withIn(value, ['a', 'b', 0], undefined).a, { b: [{ d: 2 }] })
  assert.deepEqual(withIn(value, ['e', 'x', 'y'], 1).e, { x: { y: 1 } })
  assert.deepEqual(withIn(value, ['a'], undefined), { e: {} })
})
