import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createPatch, applyPatch as rfc6902 } from 'rfc6902'
import { withinMs } from '../hostile-fixture.ts'
import { freezeDeep } from '../meta/encoded.ts'
import { podSchema } from '../schema/schema-fixture.ts'
import { StatusError } from '../status/status.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

const jsonPatches: readonly [string, unknown, object[], unknown][] = [
  ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['adds in front', { a: [1] }, [{ op: 'add', path: '/a/0', value: 0 }], { a: [0, 1] }],
  ['appends', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
  ['adds at the end by index', { a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2] }],
  ['counts from the end', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
  ['removes', { a: { b: 1, c: 2 } }, [{ op: 'remove', path: '/a/b' }], { a: { c: 2 } }],
  ['replaces', { a: [1] }, [{ op: 'replace', path: '/a/0', value: 2 }], { a: [2] }],
  ['replaces what is missing', { a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['replaces the root', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  [
    'moves',
    { a: { b: 1 }, c: [] },
    [{ op: 'move', from: '/a/b', path: '/c/0' }],
    { a: {}, c: [1] },
  ],
  [
    'copies',
    { a: { b: 1 } },
    [{ op: 'copy', from: '/a', path: '/c' }],
    { a: { b: 1 }, c: { b: 1 } },
  ],
  [
    'copies what is missing as null',
    { a: 1 },
    [{ op: 'copy', from: '/b', path: '/c' }],
    { a: 1, c: null },
  ],
  ['tests', { a: { b: [1] } }, [{ op: 'test', path: '/a', value: { b: [1] } }], { a: { b: [1] } }],
  [
    'tests a missing member against null',
    { a: 1 },
    [{ op: 'test', path: '/b', value: null }],
    { a: 1 },
  ],
  ['unescapes pointers', { 'a/b': 1 }, [{ op: 'remove', path: '/a~1b' }], {}],
  ['unescapes tildes last', { '~1': 1 }, [{ op: 'remove', path: '/~01' }], {}],
  [
    'reaches members named like those of Object',
    { a: { constructor: 1 } },
    [{ op: 'remove', path: '/a/constructor' }],
    { a: {} },
  ],
]

for (const [name, document, patch, want] of jsonPatches) {
  test(`a JSON patch ${name}`, () => {
    assert.deepEqual(applyJsonPatch(freezeDeep(document), freezeDeep(patch)), want)
  })
}

const refusals: readonly [unknown, number, RegExp][] = [
  [{}, 400, /cannot unmarshal object into Go value of type jsonpatch\.Patch/],
  [[1], 400, /cannot unmarshal number into Go value of type jsonpatch\.Operation/],
  [
    Array(10_001).fill({ op: 'test', path: '/x', value: null }),
    413,
    /^Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001$/,
  ],
  [[{ op: 'remove', path: '/x' }], 422, /^the server rejected our request due to an error in our/],
  [[{ op: 'remove', path: '/a/5' }], 422, /./],
  [[{ op: 'add', path: '/a/5', value: 1 }], 422, /./],
  [[{ op: 'add', path: '/x/y', value: 1 }], 422, /./],
  [[{ op: 'add', path: '/a/toString/x', value: 1 }], 422, /./],
  [[{ op: 'add', value: 1 }], 422, /./],
  [[{ op: 'move', from: '/x', path: '/y' }], 422, /./],
  [[{ op: 'test', path: '/a', value: [2] }], 422, /./],
  [[{ op: 'replace', path: '', value: 1 }], 422, /./],
  [[{ op: 'jump', path: '/a' }], 422, /./],
]

for (const [patch, code, message] of refusals) {
  test(`the JSON patch ${JSON.stringify(patch).slice(0, 50)} is refused with ${code}`, () => {
    assert.throws(
      () => applyJsonPatch({ a: [1] }, patch),
      (error) => error instanceof StatusError && error.code === code && message.test(error.message),
    )
  })
}

test('a JSON patch copies no more than it may, and changes no prototype', () => {
  const double = [...Array(40)].map(() => ({ op: 'copy', from: '/a', path: '/a/-' }))
  assert.throws(
    () =>
      applyJsonPatch({ a: ['x'] }, double, {
        maxOperations: 100,
        maxCopiedBytes: 1e5,
        maxDepth: 1000,
      }),
    /rejected our request/,
  )
  const out = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: 1 } }])
  assert.equal((out as { polluted?: unknown }).polluted, undefined)
  assert.equal(Object.getPrototypeOf(out), Object.prototype)
})

const json = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/__proto__|constructor/.test(JSON.stringify(value)))
const objects = fc.dictionary(fc.constantFrom('a', 'b', 'c'), json, { noNullPrototype: true })

test('a JSON patch made from two documents leads from one to the other, as in a second library', () => {
  fc.assert(
    fc.property(objects, objects, (from, to) => {
      const patch = createPatch(from, to)
      const other = structuredClone(from)
      rfc6902(other, patch)
      assert.deepEqual(applyJsonPatch(freezeDeep(structuredClone(from)), patch), other)
      assert.equal(applyJsonPatch(from, []), from)
    }),
  )
})

const many = Array.from({ length: 9_000 }, (_, i) => i)
const numbers = Array.from({ length: 1_000_000 }, (_, i) => i)
const hostile: Readonly<Record<string, readonly [unknown, readonly object[]]>> = {
  'additions to a large map': [
    { data: Object.fromEntries(numbers.slice(0, 50_000).map((i) => [`k${i}`, 'v'])) },
    many.map((i) => ({ op: 'add', path: `/data/new${i}`, value: 'v' })),
  ],
  'items put in front of a long list': [
    { a: numbers },
    many.map(() => ({ op: 'add', path: '/a/0', value: 0 })),
  ],
  'items taken from the front of a long list': [
    { a: numbers },
    many.map(() => ({ op: 'remove', path: '/a/0' })),
  ],
  'moves within a long list': [
    { a: numbers },
    many.map(() => ({ op: 'move', from: '/a/0', path: '/a/-' })),
  ],
  'tests of a large map that is being changed': [
    { a: Object.fromEntries(numbers.slice(0, 50_000).map((i) => [`k${i}`, 'v'])) },
    many.map((i) =>
      i % 2 ? { op: 'test', path: '/a/k1', value: 'v' } : { op: 'add', path: `/a/n${i}`, value: 1 },
    ),
  ],
}
for (const [name, [document, patch]] of Object.entries(hostile)) {
  test(`the time for thousands of ${name} does not grow with their product`, () => {
    withinMs(3_000, () => applyJsonPatch(document, patch))
  })
}

test('a JSON patch nests no deeper than a body may', () => {
  const path = (depth: number) => '/a'.repeat(depth)
  const patch = Array.from({ length: 40 }, (_, i) => ({
    op: 'add',
    path: path(1 + i * 30),
    value: JSON.parse(`${'{"a":'.repeat(30)}{}${'}'.repeat(30)}`) as unknown,
  }))
  assert.throws(() => applyJsonPatch({}, patch), /rejected our request/)
  assert.doesNotThrow(() => applyJsonPatch({}, patch.slice(0, 30)))
})

test('what was copied does not change with its original, nor what was moved', () => {
  const patched = applyJsonPatch({ a: { b: [1] } }, [
    { op: 'add', path: '/a/b/-', value: 2 },
    { op: 'copy', from: '/a', path: '/c' },
    { op: 'add', path: '/a/b/-', value: 3 },
    { op: 'move', from: '/c/b', path: '/d' },
    { op: 'add', path: '/d/0', value: 0 },
    { op: 'test', path: '/d', value: [0, 1, 2] },
    { op: 'test', path: '', value: { a: { b: [1, 2, 3] }, c: {}, d: [0, 1, 2] } },
  ])
  assert.deepEqual(patched, { a: { b: [1, 2, 3] }, c: {}, d: [0, 1, 2] })
})

test('a long list behaves as a short one, wherever items go in and out', () => {
  const actions = fc.array(fc.tuple(fc.boolean(), fc.nat(2_999)), { maxLength: 50 })
  fc.assert(
    fc.property(actions, (steps) => {
      const plain = numbers.slice(0, 1_500)
      const patch = steps.map(([isAdded, at]) => {
        const index = at % plain.length
        if (isAdded) plain.splice(index, 0, -at)
        else plain.splice(index, 1)
        return { op: isAdded ? 'add' : 'remove', path: `/a/${index}`, value: -at }
      })
      assert.deepEqual(applyJsonPatch({ a: numbers.slice(0, 1_500) }, patch), { a: plain })
    }),
    { numRuns: 50 },
  )
})

const mergePatches: readonly [unknown, unknown, unknown][] = [
  // The examples of RFC 7386, appendix A, whose patches are objects.
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]

for (const [document, patch, want] of mergePatches) {
  test(`merging ${JSON.stringify(patch)} into ${JSON.stringify(document)}`, () => {
    assert.deepEqual(applyMergePatch(freezeDeep(document), freezeDeep(patch)), want)
  })
}

test('a merge patch that changes nothing gives the document itself, and shares what it leaves', () => {
  fc.assert(
    fc.property(objects, (document) => {
      freezeDeep(document)
      assert.equal(applyMergePatch(document, {}), document)
      const once = applyMergePatch(document, { a: { x: 1 } }) as Record<string, unknown>
      assert.equal(once.b, document.b)
      assert.equal(applyMergePatch(once, { a: { x: 1 } }), once)
    }),
  )
  assert.throws(() => applyMergePatch({}, []), /error decoding patch: json: cannot unmarshal array/)
})

const c = (name: string, rest: object = {}) => ({ name, ...rest })
const strategic: readonly [string, object, object, object][] = [
  [
    'scalars are set and null removes',
    { nodeName: 'a', replicas: 1 },
    { nodeName: null, replicas: 2 },
    { replicas: 2 },
  ],
  [
    'maps merge',
    { labels: { a: '1', b: '2' } },
    { labels: { a: null, c: '3' } },
    { labels: { b: '2', c: '3' } },
  ],
  ['lists without a strategy are replaced', { args: ['a'] }, { args: ['b'] }, { args: ['b'] }],
  [
    'lists merge by key',
    { containers: [c('a', { image: '1' }), c('b')] },
    { containers: [c('a', { image: '2' })] },
    { containers: [c('a', { image: '2' }), c('b')] },
  ],
  [
    'new elements come first',
    { containers: [c('a'), c('b')] },
    { containers: [c('c')] },
    { containers: [c('c'), c('a'), c('b')] },
  ],
  [
    'lists within lists merge too',
    { containers: [c('a', { env: [c('x', { value: '1' }), c('y', { value: '2' })] })] },
    { containers: [c('a', { env: [c('y', { value: null }), c('x', { value: '3' })] })] },
    { containers: [c('a', { env: [c('y'), c('x', { value: '3' })] })] },
  ],
  [
    '$patch: delete removes an element',
    { containers: [c('a'), c('b')] },
    { containers: [c('a', { $patch: 'delete' })] },
    { containers: [c('b')] },
  ],
  [
    '$patch: replace replaces a list',
    { containers: [c('a'), c('b')] },
    { containers: [{ $patch: 'replace' }, c('c')] },
    { containers: [c('c')] },
  ],
  [
    '$patch: replace replaces a map',
    { labels: { a: '1' } },
    { labels: { $patch: 'replace', b: '2' } },
    { labels: { b: '2' } },
  ],
  [
    '$patch: delete empties a map',
    { labels: { a: '1' } },
    { labels: { $patch: 'delete' } },
    { labels: {} },
  ],
  [
    '$setElementOrder orders the elements it names',
    { containers: [c('a'), c('b'), c('c')] },
    {
      '$setElementOrder/containers': [c('c'), c('a'), c('b')],
      containers: [c('b', { image: 'x' })],
    },
    { containers: [c('c'), c('a'), c('b', { image: 'x' })] },
  ],
  [
    '$setElementOrder leaves the elements of others near their place',
    { containers: [c('a'), c('x'), c('b')] },
    { '$setElementOrder/containers': [c('a'), c('n'), c('b')], containers: [c('n')] },
    { containers: [c('a'), c('n'), c('x'), c('b')] },
  ],
  [
    '$setElementOrder without a list does nothing',
    {},
    { '$setElementOrder/containers': [c('a')] },
    {},
  ],
  [
    'sets of scalars merge',
    { finalizers: ['a', 'b'] },
    { finalizers: ['c', 'a'] },
    { finalizers: ['c', 'a', 'b'] },
  ],
  [
    '$deleteFromPrimitiveList takes out',
    { finalizers: ['a', 'b'] },
    {
      '$deleteFromPrimitiveList/finalizers': ['a'],
      finalizers: ['c'],
      '$setElementOrder/finalizers': ['b', 'c'],
    },
    { finalizers: ['b', 'c'] },
  ],
  [
    '$retainKeys drops all others',
    { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    { strategy: { type: 'Recreate' } },
  ],
  [
    '$retainKeys works in elements',
    { volumes: [c('v', { emptyDir: {} })] },
    { volumes: [c('v', { $retainKeys: ['name', 'secret'], secret: { secretName: 's' } })] },
    { volumes: [c('v', { secret: { secretName: 's' } })] },
  ],
  [
    'the replace strategy replaces',
    { whole: { a: '1' } },
    { whole: { b: '2' } },
    { whole: { b: '2' } },
  ],
  [
    'directives and nulls do not survive where nothing was',
    {},
    {
      containers: [c('a', { image: null }), c('b', { $patch: 'delete' })],
      labels: { a: null, b: '1' },
      strategy: { $retainKeys: ['type'], type: 'x' },
      '$deleteFromPrimitiveList/finalizers': ['x'],
    },
    { containers: [c('a')], labels: { b: '1' }, strategy: { type: 'x' } },
  ],
  ['a value of another type is replaced', { raw: { a: 1 } }, { raw: ['x'] }, { raw: ['x'] }],
]

for (const [name, document, patch, want] of strategic) {
  test(`strategic merge: ${name}`, () => {
    const given = freezeDeep({ kind: 'Pod', spec: document })
    const merged = applyStrategicMergePatch(given, freezeDeep({ spec: patch }), podSchema)
    assert.deepEqual(merged, { kind: 'Pod', spec: want })
    assert.equal(applyStrategicMergePatch(given, {}, podSchema), given)
  })
}

const malformed: readonly [object, RegExp][] = [
  [
    { containers: [{ image: 'x' }] },
    /^map: map\[image:x\] does not contain declared merge key: name$/,
  ],
  [{ containers: [{ $patch: 'merge' }] }, /^merging lists cannot yet be specified in the patch$/],
  [
    { containers: [c('a', { $patch: 'x' })] },
    /^unknown patch type \[x\] found in map: map\[\$patch:x name:a\]$/,
  ],
  [{ labels: { $patch: 'x' } }, /^unknown patch type \[x\] found in map: /],
  [{ '$setElementOrder/containers': 'x' }, /^invalid patch format of setElementOrder list$/],
  [{ '$deleteFromPrimitiveList/finalizers': 'x' }, /^invalid patch format of primitive list$/],
  [{ labels: { $retainKeys: 'x' } }, /^invalid patch format of retainKeys$/],
  [{ labels: { $retainKeys: ['a'], b: '1' } }, /^invalid patch format of retainKeys$/],
  [{ finalizers: [['x']] }, /^the server rejected our request/],
  [
    { '$setElementOrder/containers': [c('a')], containers: [c('b')] },
    /^The order in patch list:\n\[map\[name:b\]\]\n doesn't match \$setElementOrder list:\n\[map\[name:a\]\]\n$/,
  ],
]

for (const [patch, message] of malformed) {
  test(`the strategic merge patch ${JSON.stringify(patch)} is refused`, () => {
    const document = { spec: { containers: [c('a')], labels: { a: '1' }, finalizers: ['a'] } }
    assert.throws(() => applyStrategicMergePatch(document, { spec: patch }, podSchema), { message })
  })
}

test('a strategic merge patch shares what it leaves, and applying it again changes nothing', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'))
  fc.assert(
    fc.property(names, names, fc.string(), (given, changed, image) => {
      const document = freezeDeep({
        spec: { containers: given.map((name) => c(name)), raw: { x: 1 } },
      })
      const patch = freezeDeep({ spec: { containers: changed.map((name) => c(name, { image })) } })
      const once = applyStrategicMergePatch(document, patch, podSchema) as typeof document
      assert.equal(once.spec.raw, document.spec.raw)
      assert.equal(applyStrategicMergePatch(once, patch, podSchema), once)
      const found = once.spec.containers.map(({ name }) => name)
      assert.deepEqual([...found].sort(), [...new Set([...given, ...changed])].sort())
      for (const name of given.filter((candidate) => !changed.includes(candidate))) {
        const before = document.spec.containers.find((container) => container.name === name)
        assert.equal(
          once.spec.containers.find((container) => container.name === name),
          before,
        )
      }
    }),
  )
})

test('a patch that merges the lists of one element over and over is refused before it costs time', () => {
  const env = Array.from({ length: 5_000 }, (_, i) => ({ name: `e${i}`, value: 'x' }))
  const containers = Array.from({ length: 50_000 }, () => ({ name: 'c', env: [{ name: 'e1' }] }))
  withinMs(3_000, () => {
    assert.throws(
      () =>
        applyStrategicMergePatch(
          { spec: { containers: [{ name: 'c', env }] } },
          { spec: { containers } },
          podSchema,
        ),
      /^StatusError: Request entity too large/,
    )
  })
})

test('merging deep maps compares no part twice', () => {
  const wide = Object.fromEntries(numbers.slice(0, 500).map((i) => [`k${i}`, i]))
  let [document, patch]: [object, object] = [{ ...wide }, { changed: 1 }]
  for (let i = 0; i < 500; i++) [document, patch] = [{ ...wide, a: document }, { a: patch }]
  withinMs(1_500, () => applyMergePatch(document, patch))
})
