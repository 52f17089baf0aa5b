import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ApiSchema, FieldSchema, TypeSchema } from '../../schema/schema.ts'
import { difference, fieldSet, isEmptySet, pathsOf } from '../model/field-set.ts'
import { fieldElement, pathText } from '../model/path-element.ts'
import { deducedType, emptyValue, type OwnedType } from '../model/schema.ts'
import { fixtureType } from '../model/schema-fixture.ts'
import { compare, isSame } from './compare.ts'
import { merge } from './merge.ts'
import { extractItems, removeItems } from './remove.ts'
import { ownedTypes } from './schema-view.ts'
import { toFieldSet } from './to-field-set.ts'
import { faultsMessage, typeFaults } from './validate.ts'

const pod = fixtureType('Pod')
const service = fixtureType('Service')
const configMap = fixtureType('ConfigMap')
const texts = (set: Parameters<typeof pathsOf>[0]) => [...pathsOf(set)].map(pathText)
const at = (...names: string[]) => names.map(fieldElement)

describe('the faults of a value', () => {
  const cases: readonly [name: string, type: OwnedType, value: unknown, want: string][] = [
    ['an unknown field', pod, { spec: { foo: 1 } }, '.spec.foo: field not declared in schema'],
    [
      'an item twice',
      service,
      { spec: { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] } },
      '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
    ],
    [
      'an item without its key',
      service,
      { spec: { ports: [{ protocol: 'UDP' }] } },
      '.spec.ports: element 0: associative list with keys has an element that omits key field "port" (and doesn\'t have default value)',
    ],
    [
      'a null item',
      service,
      { spec: { ports: [null] } },
      '.spec.ports: element 0: associative list with keys may not have a null element',
    ],
    [
      'a value of a set twice',
      pod,
      { metadata: { finalizers: ['a', 'b', 'a'] } },
      '.metadata.finalizers: duplicate entries for key [="a"]',
    ],
    [
      'a number for a string',
      pod,
      { spec: { containers: [{ name: 'a', env: [{ name: 'X', value: 9000 }] }] } },
      '.spec.containers[name="a"].env[name="X"].value: expected string, got &value.valueUnstructured{Value:9000}',
    ],
    [
      'a large number for a string',
      configMap,
      { data: { a: 12345678 } },
      '.data.a: expected string, got &value.valueUnstructured{Value:1.2345678e+07}',
    ],
    [
      'a string for a number',
      fixtureType('Deployment'),
      { spec: { replicas: '1' } },
      '.spec.replicas: expected numeric (int or float), got string',
    ],
    [
      'a string for a boolean',
      configMap,
      { immutable: 'yes' },
      '.immutable: expected boolean, got &{yes}',
    ],
    [
      'a map for a list',
      service,
      { spec: { ports: { a: 1 } } },
      '.spec.ports: expected list, got &{map[a:1]}',
    ],
    ['a list for a map', service, { spec: ['x', null] }, '.spec: expected map, got &{[x <nil>]}'],
    [
      'several',
      configMap,
      { data: { a: 1 }, immutable: 1 },
      'errors:\n  .data.a: expected string, got &value.valueUnstructured{Value:1}\n  .immutable: expected boolean, got &{1}',
    ],
  ]
  for (const [name, type, value, want] of cases) {
    it(`say what is wrong with ${name}`, () => {
      assert.equal(faultsMessage(typeFaults(value, type)), want)
    })
  }

  it('are none for nulls and for kinds without a schema', () => {
    assert.deepEqual(typeFaults({ metadata: null, data: { a: null } }, configMap), [])
    assert.deepEqual(typeFaults({ a: [1, { b: null }], c: { d: 'e' } }, deducedType), [])
  })
})

describe('what is owned of a value', () => {
  const cases: readonly [name: string, type: OwnedType, value: unknown, want: string[]][] = [
    [
      'leaves, items and members of maps, but not structs',
      pod,
      {
        metadata: { labels: { a: '1' }, finalizers: ['f'] },
        spec: { containers: [{ name: 'c', args: ['x', 'y'], ports: [{ containerPort: 80 }] }] },
      },
      [
        '.metadata.finalizers[="f"]',
        '.metadata.labels.a',
        '.spec.containers[name="c"]',
        '.spec.containers[name="c"].args',
        '.spec.containers[name="c"].name',
        '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"]',
        '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].containerPort',
      ],
    ],
    ['atomic maps as a whole', pod, { spec: { nodeSelector: { a: 'b' } } }, ['.spec.nodeSelector']],
    [
      'empty and null fields themselves',
      pod,
      {
        metadata: { labels: {}, annotations: null, finalizers: [] },
        spec: { securityContext: {} },
      },
      ['.metadata.annotations', '.metadata.labels', '.spec.securityContext'],
    ],
    [
      'items that occur twice as one',
      pod,
      {
        spec: { containers: [{ name: 'a', image: '1' }, { name: 'a', image: '2' }, { name: 'b' }] },
      },
      [
        '.spec.containers[name="a"]',
        '.spec.containers[name="b"]',
        '.spec.containers[name="b"].name',
      ],
    ],
    [
      'maps by member and lists as a whole where there is no schema',
      deducedType,
      { a: { b: [1, 2], c: {} }, d: 'e' },
      ['.a', '.d', '.a.b', '.a.c'],
    ],
  ]
  for (const [name, type, value, want] of cases) {
    it(`is: ${name}`, () => {
      assert.deepEqual(texts(toFieldSet(value, type)), want)
    })
  }
})

describe('the difference of two values', () => {
  type Want = { added?: string[]; modified?: string[]; removed?: string[] }
  const cases: readonly [name: string, type: OwnedType, unknown, unknown, Want][] = [
    [
      'none',
      pod,
      { spec: { nodeSelector: { a: 'b' } } },
      { spec: { nodeSelector: { a: 'b' } } },
      {},
    ],
    [
      'what is new with its containers',
      pod,
      { metadata: {} },
      { metadata: { labels: { a: '1' } } },
      { added: ['.metadata.labels', '.metadata.labels.a'] },
    ],
    [
      'what is gone with its containers',
      pod,
      { spec: { volumes: [{ name: 'a', emptyDir: {} }] } },
      { spec: {} },
      {
        removed: [
          '.spec.volumes',
          '.spec.volumes[name="a"]',
          '.spec.volumes[name="a"].emptyDir',
          '.spec.volumes[name="a"].name',
        ],
      },
    ],
    [
      'leaves and atomic parts that changed',
      pod,
      {
        spec: {
          nodeSelector: { a: 'b' },
          tolerations: [{ key: 'x' }],
          securityContext: { runAsUser: 1 },
        },
      },
      { spec: { nodeSelector: { a: 'c' }, tolerations: [], securityContext: { runAsUser: 2 } } },
      { modified: ['.spec.nodeSelector', '.spec.tolerations', '.spec.securityContext.runAsUser'] },
    ],
    [
      'nothing when only the order of items changed',
      service,
      { spec: { ports: [{ port: 1 }, { port: 2 }] } },
      { spec: { ports: [{ port: 2 }, { port: 1 }] } },
      {},
    ],
    [
      'items that become two',
      pod,
      { metadata: { finalizers: ['a'] } },
      { metadata: { finalizers: ['a', 'a'] } },
      { added: ['.metadata.finalizers[="a"]'], removed: ['.metadata.finalizers[="a"]'] },
    ],
    [
      'another form where there is no schema',
      deducedType,
      { a: 1 },
      { a: { b: 2 } },
      { added: ['.a.b'], modified: ['.a'] },
    ],
    [
      'an empty list that becomes null',
      pod,
      { metadata: { finalizers: [] } },
      { metadata: { finalizers: null } },
      { modified: ['.metadata.finalizers'] },
    ],
  ]
  for (const [name, type, before, after, want] of cases) {
    it(`is: ${name}`, () => {
      const { added, modified, removed } = compare(before, after, type)
      assert.deepEqual(
        { added: texts(added), modified: texts(modified), removed: texts(removed) },
        { added: [], modified: [], removed: [], ...want },
      )
    })
  }

  it('does not look into what the values share', () => {
    const spec = Object.freeze({
      get containers(): unknown {
        throw new Error('looked at')
      },
    })
    assert.ok(isSame(compare({ spec, metadata: {} }, { spec, metadata: {} }, pod)))
  })
})

describe('merging', () => {
  const finalizers = (text: string) => ({
    metadata: { finalizers: text.split(' ').filter(Boolean) },
  })
  const orders: readonly [live: string, applied: string, want: string][] = [
    ['a b c', '', 'a b c'],
    ['', 'b a', 'b a'],
    ['a b c', 'b', 'a b c'],
    ['a b c', 'd', 'a b c d'],
    ['a b c', 'c a', 'b c a'],
    ['a b c', 'a d', 'a b c d'],
    ['a b c', 'd a', 'd a b c'],
    ['a b c d', 'd x a', 'b c d x a'],
    ['a x b', 'b y a', 'x b y a'],
    ['1 2 3 4', '1 2 4 3', '1 2 4 3'],
    ['a b c', 'c b a', 'c b a'],
    ['a b', 'b c a d', 'b c a d'],
  ]
  for (const [live, applied, want] of orders) {
    it(`${applied || 'nothing'} into ${live || 'nothing'} gives ${want}`, () => {
      assert.deepEqual(merge(finalizers(live), finalizers(applied), pod), finalizers(want))
    })
  }

  const cases: readonly [name: string, type: OwnedType, unknown, unknown, want: unknown][] = [
    [
      'merges items by key, with defaults for keys',
      service,
      { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'a' }] } },
      {
        spec: {
          ports: [
            { port: 80, targetPort: 'http' },
            { port: 80, protocol: 'UDP' },
          ],
        },
      },
      {
        spec: {
          ports: [
            { port: 80, protocol: 'TCP', name: 'a', targetPort: 'http' },
            { port: 80, protocol: 'UDP' },
          ],
        },
      },
    ],
    [
      'replaces what is atomic',
      pod,
      { spec: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'a' }] } },
      { spec: { nodeSelector: { c: 'd' }, tolerations: [] } },
      { spec: { nodeSelector: { c: 'd' }, tolerations: [] } },
    ],
    [
      'removes a leaf that is null, and keeps a map that is',
      configMap,
      { data: { a: '1' }, immutable: true },
      { data: null, immutable: null },
      { data: { a: '1' } },
    ],
    [
      'keeps a difference between empty and absent',
      pod,
      { metadata: {} },
      { metadata: { labels: {} }, spec: { securityContext: {} } },
      { metadata: { labels: {} }, spec: { securityContext: {} } },
    ],
    ['replaces one form by another', deducedType, { a: { b: 1 } }, { a: [2] }, { a: [2] }],
    [
      'replaces live items that occur twice by the applied one',
      pod,
      {
        spec: {
          containers: [
            { name: 'a', image: '1' },
            { name: 'a', image: '2' },
          ],
        },
      },
      { spec: { containers: [{ name: 'a', args: [] }] } },
      { spec: { containers: [{ name: 'a', args: [] }] } },
    ],
    [
      'keeps live items that occur twice and are not applied',
      pod,
      { metadata: { finalizers: ['a', 'b', 'a'] } },
      { metadata: { finalizers: ['c'] } },
      { metadata: { finalizers: ['a', 'b', 'a', 'c'] } },
    ],
  ]
  for (const [name, type, live, applied, want] of cases) {
    it(name, () => {
      assert.deepEqual(merge(live, applied, type), want)
    })
  }

  it('gives the live value itself when nothing changes', () => {
    const live = { metadata: { labels: { a: '1', b: '2' }, finalizers: ['x', 'y'] } }
    assert.equal(merge(live, { metadata: { labels: { b: '2' }, finalizers: ['y'] } }, pod), live)
  })

  const word = fc.constantFrom('a', 'b', 'c', 'd')
  const podLike = fc.record(
    {
      metadata: fc.record(
        { labels: fc.dictionary(word, word), finalizers: fc.uniqueArray(word) },
        { requiredKeys: [] },
      ),
      spec: fc.record(
        {
          containers: fc.uniqueArray(
            fc.record(
              {
                name: word,
                image: word,
                args: fc.array(word),
                ports: fc.constant([{ containerPort: 1 }]),
              },
              { requiredKeys: ['name'] },
            ),
            { selector: (container) => container.name },
          ),
          nodeSelector: fc.dictionary(word, word),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )

  it('lets everything that is applied stand, once or twice', () => {
    fc.assert(
      fc.property(podLike, podLike, (live, applied) => {
        const merged = merge(live, applied, pod)
        assert.equal(merge(merged, applied, pod), merged)
        assert.ok(isEmptySet(compare(merged, applied, pod).modified))
        const { removed } = compare(live, merged, pod)
        assert.deepEqual(texts(removed), [])
      }),
    )
  })

  it('differs from the live value in nothing but what is applied', () => {
    fc.assert(
      fc.property(podLike, podLike, (live, applied) => {
        const { modified } = compare(live, merge(live, applied, pod), pod)
        assert.ok(isEmptySet(difference(modified, toFieldSet(applied, pod))))
      }),
    )
  })
})

describe('removing and extracting', () => {
  const value = {
    metadata: { labels: { a: '1', b: '2' }, finalizers: ['x'] },
    spec: { containers: [{ name: 'a', image: 'i' }, { name: 'b' }], nodeSelector: { k: 'v' } },
  }
  const some = fieldSet(
    at('metadata', 'labels', 'a'),
    [...at('metadata', 'finalizers'), 'v:"x"'],
    [...at('spec', 'containers'), 'k:{"name":"b"}'],
    [...at('spec', 'containers'), 'k:{"name":"a"}', 'f:image'],
    at('spec', 'nodeSelector', 'k'),
  )

  it('takes away members and items, keeps emptied containers, and leaves what is atomic', () => {
    assert.deepEqual(removeItems(value, some, pod), {
      metadata: { labels: { b: '2' }, finalizers: [] },
      spec: { containers: [{ name: 'a' }], nodeSelector: { k: 'v' } },
    })
  })

  it('shares what it does not touch, and gives the value itself for paths it lacks', () => {
    const removed = removeItems(value, fieldSet(at('metadata', 'labels')), pod) as typeof value
    assert.equal(removed.spec, value.spec)
    assert.equal(removeItems(value, fieldSet(at('metadata', 'none')), pod), value)
  })

  it('extracts only what is named', () => {
    assert.deepEqual(extractItems(value, some, pod), {
      metadata: { labels: { a: '1' }, finalizers: ['x'] },
      spec: { containers: [{ image: 'i' }, {}], nodeSelector: { k: 'v' } },
    })
  })
})

describe('types from the schema of the API', () => {
  const field = (name: string, rest: Omit<Partial<FieldSchema>, 'name'>): FieldSchema => ({
    name,
    type: { kind: 'scalar', scalar: 'string' },
    isOptional: true,
    protobuf: { number: 1, within: [] },
    ...rest,
  })
  const type = (name: string, ...fields: FieldSchema[]): TypeSchema => ({
    name,
    hasTypeMeta: name === 'Kind',
    structType: 'granular',
    fields,
    field: (wanted) => fields.find((known) => known.name === wanted),
  })
  const types = [
    type(
      'Kind',
      field('spec', { type: { kind: 'ref', name: 'Spec' }, default: {} }),
      field('whole', { type: { kind: 'ref', name: 'Port' }, structType: 'atomic' }),
    ),
    type(
      'Spec',
      field('ports', {
        type: { kind: 'list', element: { kind: 'ref', name: 'Port' } },
        listType: 'map',
        listMapKeys: ['protocol', 'port'],
        isOptional: false,
      }),
      field('labels', { type: { kind: 'map', value: { kind: 'scalar', scalar: 'string' } } }),
      field('names', { type: { kind: 'list', element: { kind: 'scalar', scalar: 'string' } } }),
    ),
    type(
      'Port',
      field('port', { type: { kind: 'scalar', scalar: 'int32' }, isOptional: false, default: 0 }),
      field('protocol', { default: 'TCP' }),
    ),
  ]
  const schema: ApiSchema = {
    names: types.map(({ name }) => name),
    type: (name) => types.find((known) => known.name === name),
  }
  const kind = ownedTypes(schema)('Kind')

  it('own lists by their keys in order, plain maps by member, and the rest as a whole', () => {
    const value = {
      kind: 'Kind',
      spec: { ports: [{ port: 1 }], labels: { a: 'b' }, names: ['x'] },
      whole: { port: 2 },
    }
    assert.deepEqual(texts(toFieldSet(value, kind)), [
      '.kind',
      '.whole',
      '.spec.names',
      '.spec.labels.a',
      '.spec.ports[port=1,protocol="TCP"]',
      '.spec.ports[port=1,protocol="TCP"].port',
    ])
  })

  it('know what upstream’s empty object holds', () => {
    assert.deepEqual(emptyValue(kind), { spec: { ports: null } })
  })

  it('are made once', () => {
    const view = ownedTypes(schema)
    assert.equal(view('Kind'), view('Kind'))
    assert.equal(view('Kind').map?.field('spec')?.type(), view('Spec'))
  })
})
