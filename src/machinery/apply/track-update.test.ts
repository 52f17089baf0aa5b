import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { atOnce } from '#lib'
import { freezeDeep } from '../meta/encoded.ts'
import type { KubeObject, ManagedFieldsEntry } from '../meta/object.ts'
import { decodeFields } from './managers/fields-v1.ts'
import { fieldSet, pathsOf } from './model/field-set.ts'
import { memberPath, pathText } from './model/path-element.ts'
import { fixtureType } from './model/schema-fixture.ts'
import { managerName, trackUpdate, type UpdateOptions } from './track-update.ts'

const trackAtOnce: (...write: Parameters<typeof trackUpdate<KubeObject>>) => KubeObject = (
  ...write
) => atOnce(trackUpdate(...write))

const start = Date.parse('2026-01-02T03:04:05Z')
const options = (change: Partial<UpdateOptions> = {}): UpdateOptions => ({
  type: fixtureType('Deployment'),
  apiVersion: 'apps/v1',
  manager: 'one',
  now: start,
  ...change,
})

type Body = Readonly<Record<string, unknown>> & { readonly metadata?: KubeObject['metadata'] }

function deployment({ metadata, ...rest }: Body): KubeObject {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x', uid: 'u', generation: 1, resourceVersion: '1', ...metadata },
    ...rest,
  }
  return freezeDeep(object)
}

/** With the managed fields of another object, as a client sends back what it got. */
function withEntries(object: KubeObject, managedFields: readonly ManagedFieldsEntry[]): KubeObject {
  return freezeDeep({ ...object, metadata: { ...object.metadata, managedFields } })
}

function create(body: Body, change: Partial<UpdateOptions> = {}): KubeObject {
  return freezeDeep(trackAtOnce(undefined, deployment(body), options(change)))
}

function update(live: KubeObject, body: Body, change: Partial<UpdateOptions> = {}): KubeObject {
  const now = start + 60_000
  return freezeDeep(trackAtOnce(live, deployment(body), options({ now, ...change })))
}

function owners(object: KubeObject): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    (object.metadata?.managedFields ?? []).map((entry) => [
      [entry.manager, entry.subresource, entry.time?.slice(14, 16)].filter(Boolean).join(' '),
      [...pathsOf(decodeFields(entry.fieldsV1))].map(pathText),
    ]),
  )
}

describe('creating an object', () => {
  it('gives its creator all that differs from an empty one, but not what says which it is', () => {
    const object = create({
      metadata: { labels: { a: '1' }, creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { a: '1' } },
        template: { metadata: {}, spec: { containers: [{ name: 'c', resources: {} }] } },
      },
      status: {},
    })
    assert.deepEqual(object.metadata?.managedFields, [
      {
        manager: 'one',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: '2026-01-02T03:04:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:spec': {
                '.': {},
                'f:containers': {
                  '.': {},
                  'k:{"name":"c"}': { '.': {}, 'f:name': {}, 'f:resources': {} },
                },
              },
            },
          },
        },
      },
    ])
  })

  it('takes the managed fields that the client sends for those of others', () => {
    const entry = {
      ...create({ spec: { replicas: 1 } }).metadata!.managedFields![0]!,
      manager: 'two',
    }
    const object = withEntries(deployment({ spec: { replicas: 1, paused: true } }), [entry])
    const created = trackAtOnce(undefined, object, options())
    assert.deepEqual(owners(created), { 'one 04': ['.spec.paused', '.spec.replicas'] })
  })
})

describe('updating an object', () => {
  const live = create({ spec: { replicas: 1, paused: true } })

  it('gives the writer what it changes, and takes that from the others', () => {
    assert.deepEqual(
      owners(update(live, { spec: { replicas: 2, paused: true } }, { manager: 'two' })),
      {
        'one 04': ['.spec.paused'],
        'two 05': ['.spec.replicas'],
      },
    )
  })

  it('takes what is removed from everybody, and drops who owns nothing then', () => {
    const removed = update(live, { metadata: { labels: { a: '1' } } }, { manager: 'two' })
    assert.deepEqual(owners(removed), { 'two 05': ['.metadata.labels', '.metadata.labels.a'] })
  })

  it('adds to what the same manager owns, with a new time', () => {
    const changed = update(live, {
      metadata: { finalizers: ['f'] },
      spec: { replicas: 1, paused: true },
    })
    assert.deepEqual(owners(changed), {
      'one 05': [
        '.metadata.finalizers',
        '.metadata.finalizers[="f"]',
        '.spec.paused',
        '.spec.replicas',
      ],
    })
  })

  it('keeps entries, time included, when nothing that can be owned changes', () => {
    const changed = update(live, {
      metadata: { generation: 2 },
      spec: { replicas: 1, paused: true },
    })
    assert.equal(changed.metadata?.managedFields, live.metadata?.managedFields)
  })

  it('shares the entries of managers that it does not concern', () => {
    const both = update(live, { spec: { replicas: 2, paused: true } }, { manager: 'two' })
    const again = update(both, { spec: { replicas: 3, paused: true } }, { manager: 'two' })
    assert.equal(again.metadata?.managedFields?.[0], both.metadata?.managedFields?.[0])
  })

  it('tells a subresource apart, and gives it nothing that it resets', () => {
    const resetFields = fieldSet(memberPath('spec'), memberPath('metadata', 'labels'))
    const changed = update(
      live,
      { spec: { replicas: 5, paused: true }, status: { replicas: 1 } },
      { subresource: 'status', manager: 'controller', resetFields },
    )
    assert.deepEqual(owners(changed), {
      'one 04': ['.spec.paused', '.spec.replicas'],
      'controller status 05': ['.status', '.status.replicas'],
    })
  })

  it('calls a writer without a name unknown', () => {
    const changed = update(live, { spec: { replicas: 2, paused: true } }, { manager: '' })
    assert.deepEqual(owners(changed)['unknown 05'], ['.spec.replicas'])
  })

  it('keeps what managers of another version own', () => {
    const [entry] = live.metadata?.managedFields ?? []
    const old = withEntries(live, [{ ...entry, apiVersion: 'apps/v1beta1' }])
    const changed = update(old, { spec: { replicas: 2, paused: true } }, { manager: 'two' })
    assert.deepEqual(owners(changed), {
      'one 04': ['.spec.paused', '.spec.replicas'],
      'two 05': ['.spec.replicas'],
    })
  })
})

describe('managed fields that a client sends', () => {
  const live = create({ spec: { replicas: 1, paused: true } })
  const entries = live.metadata?.managedFields ?? []
  const next = deployment({ spec: { replicas: 1, paused: true } })

  it('are those of the object when they are the same, or left out', () => {
    const copy = structuredClone(entries)
    for (const object of [next, withEntries(next, copy)]) {
      const tracked = trackAtOnce(live, object, options())
      assert.equal(tracked.metadata?.managedFields, entries)
    }
  })

  it('replace those of the object', () => {
    const other = [{ ...entries[0], manager: 'other' }]
    assert.deepEqual(owners(trackAtOnce(live, withEntries(next, other), options())), {
      'other 04': ['.spec.paused', '.spec.replicas'],
    })
  })

  it('reset those of the object when they are empty', () => {
    for (const reset of [[], [{}]]) {
      const tracked = trackAtOnce(live, withEntries(next, reset), options())
      assert.equal(tracked.metadata?.managedFields, undefined)
    }
  })

  it('are ignored when they cannot be read, or come through a subresource', () => {
    const bad = withEntries(next, [{ ...entries[0], fieldsV1: { bad: {} } }])
    assert.equal(trackAtOnce(live, bad, options()).metadata?.managedFields, entries)
    const reset = trackAtOnce(live, withEntries(next, []), options({ subresource: 'status' }))
    assert.equal(reset.metadata?.managedFields, entries)
  })

  it('stay absent on an object that nobody manages', () => {
    const unmanaged = deployment({ spec: { replicas: 1 } })
    const changed = trackAtOnce(unmanaged, deployment({ spec: { replicas: 2 } }), options())
    assert.equal(changed.metadata?.managedFields, undefined)
  })
})

describe('more than ten updaters', () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, 'x']))

  it('are merged, oldest first, until ten are left', () => {
    let live = create({ metadata: { labels: labels(1) } }, { manager: 'm0' })
    for (let i = 1; i < 13; i++) {
      const body = { metadata: { labels: labels(i + 1) } }
      live = update(live, body, { manager: `m${i}`, now: start + i * 60_000 })
    }
    const after = owners(live)
    assert.equal(Object.keys(after).length, 10)
    assert.deepEqual(after['ancient-changes 07'], [
      '.metadata.labels',
      '.metadata.labels.l0',
      '.metadata.labels.l1',
      '.metadata.labels.l2',
      '.metadata.labels.l3',
    ])
    assert.deepEqual(Object.keys(after).at(-1), 'm12 16')
  })
})

describe('who writes', () => {
  const cases: readonly [fieldManager: string | undefined, userAgent: string, want: string][] = [
    ['helm', 'kubectl/v1.36.0', 'helm'],
    [undefined, 'kubectl/v1.36.0 (linux/amd64) kubernetes/abc', 'kubectl'],
    ['', 'Go-http-client', 'Go-http-client'],
    [undefined, 'a\u0007b c/1', 'ab c'],
    [undefined, `${'é'.repeat(70)}/1`, 'é'.repeat(64)],
    [undefined, '', ''],
  ]
  for (const [fieldManager, userAgent, want] of cases) {
    it(`is ${want.slice(0, 20) || 'not said'} for ${fieldManager ?? 'no manager'} and ${JSON.stringify(userAgent.slice(0, 30))}`, () => {
      assert.equal(managerName(fieldManager, userAgent), want)
    })
  }
})
