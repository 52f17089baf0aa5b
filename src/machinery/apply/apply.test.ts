import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { atOnce } from '#lib'
import { freezeDeep } from '../meta/encoded.ts'
import type { KubeObject, ManagedFieldsEntry } from '../meta/object.ts'
import { StatusError } from '../status/status.ts'
import { type ApplyOptions, applyConfiguration } from './apply.ts'
import { decodeFields } from './managers/fields-v1.ts'
import { fieldSet, pathsOf } from './model/field-set.ts'
import { memberPath, pathText } from './model/path-element.ts'
import { fixtureType } from './model/schema-fixture.ts'
import { trackUpdate } from './track-update.ts'

type Json = Readonly<Record<string, unknown>>

const start = Date.parse('2026-01-02T03:04:05Z')

/** One object that several managers write, a minute apart. */
class Cluster {
  object: KubeObject | undefined
  readonly #kind: string
  readonly #apiVersion: string
  #now = start

  constructor(kind: string, apiVersion = 'v1') {
    this.#kind = kind
    this.#apiVersion = apiVersion
  }

  #options(manager: string, options: Partial<ApplyOptions>): ApplyOptions {
    this.#now += 60_000
    const type = fixtureType(this.#kind)
    const [apiVersion, kind] = [this.#apiVersion, this.#kind]
    return { type, apiVersion, kind, manager, now: this.#now, ...options }
  }

  configuration(body: Json, labels?: Json): KubeObject {
    const { metadata, ...rest } = body as { metadata?: Json }
    return freezeDeep({
      apiVersion: this.#apiVersion,
      kind: this.#kind,
      metadata: { name: 'x', ...metadata, ...labels },
      ...rest,
    }) as KubeObject
  }

  attempt(manager: string, body: Json, options: Partial<ApplyOptions> = {}) {
    const applied = this.configuration(body)
    return atOnce(applyConfiguration(this.object, applied, this.#options(manager, options)))
  }

  apply(manager: string, body: Json, options: Partial<ApplyOptions> = {}): void {
    const result = this.attempt(manager, body, options)
    if (result.kind === 'conflict') throw result.error
    this.object = freezeDeep(result.object)
  }

  update(manager: string, body: Json, options: Partial<ApplyOptions> = {}): void {
    const next = this.configuration(body, this.object && { uid: 'u' })
    this.object = freezeDeep(
      atOnce(trackUpdate(this.object, next, this.#options(manager, options))),
    )
  }

  /** The object without what all objects have. */
  get body(): Json {
    const { apiVersion: _, kind: __, metadata, ...rest } = this.object as Json & KubeObject
    const { name: ___, uid: ____, managedFields: _____, ...more } = metadata ?? {}
    return Object.keys(more).length === 0 ? rest : { metadata: more, ...rest }
  }

  get owners(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      (this.object?.metadata?.managedFields ?? []).map((entry) => [
        `${entry.manager} ${entry.operation}${entry.subresource ? ` ${entry.subresource}` : ''}`,
        [...pathsOf(decodeFields(entry.fieldsV1))].map(pathText),
      ]),
    )
  }

  entry(manager: string): ManagedFieldsEntry | undefined {
    return this.object?.metadata?.managedFields?.find((entry) => entry.manager === manager)
  }
}

function refusal(cluster: Cluster, manager: string, body: Json): StatusError {
  const result = cluster.attempt(manager, body)
  assert.equal(result.kind, 'conflict')
  return result.kind === 'conflict' ? result.error : assert.fail()
}

describe('applying to nothing', () => {
  it('creates the object, owned field by field', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('helm', { metadata: { labels: { app: 'a' } }, data: { k: 'v' } })
    assert.deepEqual(cluster.object?.metadata?.managedFields, [
      {
        manager: 'helm',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-01-02T03:05:05Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:k': {} }, 'f:metadata': { 'f:labels': { 'f:app': {} } } },
      },
    ])
    assert.deepEqual(cluster.body, { metadata: { labels: { app: 'a' } }, data: { k: 'v' } })
  })
})

describe('applying again', () => {
  it('changes nothing, not even the time, when the configuration is the same', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('helm', { data: { a: '1', b: '2' } })
    const before = cluster.object
    cluster.apply('helm', { data: { a: '1', b: '2' } })
    assert.equal(cluster.object, before)
  })

  it('removes what was applied before and nobody else owns', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('one', { data: { a: '1', shared: 's' } })
    cluster.apply('two', { data: { b: '2', shared: 's' } })
    cluster.apply('one', { data: {} })
    assert.deepEqual(cluster.body, { data: { b: '2', shared: 's' } })
    assert.deepEqual(cluster.owners, {
      'two Apply': ['.data.b', '.data.shared'],
      'one Apply': ['.data'],
    })
    cluster.apply('two', { data: { b: '2' } })
    assert.deepEqual(cluster.body, { data: { b: '2' } })
  })

  it('removes a container that is empty then, and keeps one that is applied empty', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('one', { metadata: { labels: { a: '1' } }, data: { a: '1' } })
    cluster.apply('one', { data: {} })
    assert.deepEqual(cluster.body, { data: {} })
  })

  it('removes items of lists, and leaves those of others in their order', () => {
    const cluster = new Cluster('Pod')
    cluster.apply('one', { spec: { containers: [{ name: 'a', image: 'i' }, { name: 'b' }] } })
    cluster.apply('two', { spec: { containers: [{ name: 'c' }, { name: 'b' }] } })
    assert.deepEqual(cluster.body, {
      spec: { containers: [{ name: 'a', image: 'i' }, { name: 'c' }, { name: 'b' }] },
    })
    cluster.apply('one', { spec: { containers: [{ name: 'd' }] } })
    assert.deepEqual(cluster.body, {
      spec: { containers: [{ name: 'c' }, { name: 'b' }, { name: 'd' }] },
    })
  })

  it('removes the fields of an item without the item when another owns that', () => {
    const cluster = new Cluster('Pod')
    cluster.apply('one', { spec: { containers: [{ name: 'a', image: 'i' }] } })
    cluster.apply('two', { spec: { containers: [{ name: 'a', args: ['x'] }] } })
    cluster.apply('one', { spec: {} })
    assert.deepEqual(cluster.body, { spec: { containers: [{ name: 'a', args: ['x'] }] } })
  })

  it('removes an item with the fields in it that nobody owns', () => {
    const cluster = new Cluster('Pod')
    cluster.apply('one', { spec: { containers: [{ name: 'a' }], volumes: [{ name: 'v' }] } })
    const defaulted = { name: 'a', image: 'defaulted' }
    cluster.object = freezeDeep({
      ...cluster.object,
      spec: { containers: [defaulted], volumes: [{ name: 'v' }] },
    } as KubeObject)
    cluster.apply('one', { spec: { volumes: [{ name: 'v' }] } })
    assert.deepEqual(cluster.body, { spec: { volumes: [{ name: 'v' }] } })
  })

  it('knows items by keys that have defaults', () => {
    const cluster = new Cluster('Service')
    cluster.apply('one', { spec: { ports: [{ port: 80 }] } })
    cluster.apply('one', { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'web' }] } })
    assert.deepEqual(cluster.body, {
      spec: { ports: [{ port: 80, protocol: 'TCP', name: 'web' }] },
    })
  })

  it('moves to another version with the same identity', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('one', { data: { a: '1' } })
    const [entry] = cluster.object?.metadata?.managedFields ?? []
    const old = freezeDeep([{ ...entry, apiVersion: 'v1beta1' }])
    cluster.object = {
      ...cluster.object,
      metadata: { ...cluster.object?.metadata, managedFields: old },
    }
    cluster.apply('one', { data: { b: '2' } })
    assert.equal(cluster.object?.metadata?.managedFields?.length, 1)
    assert.equal(cluster.entry('one')?.apiVersion, 'v1')
  })

  it('records a second owner of the same value without a time, for the object is the same', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('one', { data: { a: '1' } })
    cluster.apply('two', { data: { a: '1' } })
    assert.deepEqual(cluster.owners, { 'two Apply': ['.data.a'], 'one Apply': ['.data.a'] })
    assert.equal('time' in (cluster.entry('two') ?? {}), false)
  })

  it('gives a key back when a null takes its value away', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('one', { data: { a: '1' }, immutable: true })
    cluster.apply('one', { data: { a: '1' }, immutable: null })
    assert.deepEqual(cluster.body, { data: { a: '1' } })
  })

  it('is idempotent whatever was applied before', () => {
    const value = fc.constantFrom('x', 'y')
    // Nobody owns an empty list of items, so applying one again brings back what pruning took away.
    const body = fc.record(
      {
        metadata: fc.record({ labels: fc.dictionary(fc.constantFrom('a', 'b'), value) }),
        spec: fc.record(
          {
            containers: fc.uniqueArray(
              fc.record(
                { name: fc.constantFrom('a', 'b', 'c'), image: value, args: fc.array(value) },
                { requiredKeys: ['name'] },
              ),
              { selector: ({ name }) => name, minLength: 1 },
            ),
            nodeSelector: fc.dictionary(value, value),
            securityContext: fc.record({ runAsUser: fc.nat(2) }, { requiredKeys: [] }),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    )
    const step = fc.record({ manager: fc.constantFrom('one', 'two'), body, isUpdate: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), body, (steps, last) => {
        const cluster = new Cluster('Pod')
        for (const { manager, body, isUpdate } of steps) {
          if (isUpdate) cluster.update(manager, body)
          else cluster.apply(manager, body, { force: true })
        }
        cluster.apply('one', last, { force: true })
        // A map that pruning empties goes with what was in it, as upstream's `RemoveItems` has it, also
        // where an empty one is applied; only the second time brings that back.
        if (JSON.stringify(last).includes('{}')) cluster.apply('one', last, { force: true })
        const before = cluster.object
        cluster.apply('one', last)
        assert.equal(cluster.object, before)
      }),
    )
  })
})

describe('conflicts', () => {
  const deployment = () => {
    const cluster = new Cluster('Deployment', 'apps/v1')
    cluster.update('kubectl-client-side-apply', {
      metadata: { labels: { a: '1' } },
      spec: { replicas: 1, paused: true },
    })
    return cluster
  }

  it('are one', () => {
    const error = refusal(deployment(), 'helm', { spec: { replicas: 2 } })
    const message =
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas'
    assert.deepEqual(error.status, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
      code: 409,
    })
  })

  it('are many, by manager', () => {
    const cluster = deployment()
    cluster.apply('argo', { metadata: { labels: { b: '2' } } })
    cluster.update(
      'scaler',
      { metadata: { labels: { a: '1', b: '2' } }, spec: { replicas: 3, paused: true } },
      { subresource: 'scale' },
    )
    const error = refusal(cluster, 'helm', {
      metadata: { labels: { a: 'x', b: 'x' } },
      spec: { replicas: 2, paused: false },
    })
    assert.equal(
      error.message,
      [
        'Apply failed with 4 conflicts: conflicts with "argo":',
        '- .metadata.labels.b',
        'conflicts with "kubectl-client-side-apply" using apps/v1:',
        '- .metadata.labels.a',
        '- .spec.paused',
        'conflicts with "scaler" with subresource "scale" using apps/v1:',
        '- .spec.replicas',
      ].join('\n'),
    )
    assert.equal(error.details?.causes?.length, 4)
  })

  it('are none when the value is the same: both own it then', () => {
    const cluster = deployment()
    cluster.apply('helm', { spec: { replicas: 1 } })
    assert.deepEqual(cluster.owners['helm Apply'], ['.spec.replicas'])
    assert.ok(cluster.owners['kubectl-client-side-apply Update']?.includes('.spec.replicas'))
  })

  it('are won by force, which takes the fields from the others', () => {
    const cluster = deployment()
    cluster.apply('helm', { spec: { replicas: 2 } }, { force: true })
    assert.deepEqual(cluster.body, {
      metadata: { labels: { a: '1' } },
      spec: { replicas: 2, paused: true },
    })
    assert.deepEqual(cluster.owners, {
      'helm Apply': ['.spec.replicas'],
      'kubectl-client-side-apply Update': [
        '.metadata.labels',
        '.metadata.labels.a',
        '.spec.paused',
      ],
    })
  })

  it('are not made by fields that the endpoint resets', () => {
    const cluster = new Cluster('Deployment', 'apps/v1')
    cluster.update('controller', { status: { replicas: 1 } }, { subresource: 'status' })
    cluster.apply(
      'helm',
      { spec: { replicas: 2 }, status: { replicas: 2 } },
      { resetFields: fieldSet(memberPath('status')) },
    )
    assert.deepEqual(cluster.owners, {
      'helm Apply': ['.spec.replicas'],
      'controller Update status': ['.status.replicas'],
    })
  })

  it('are not made by managers of another version, who keep what they own', () => {
    const cluster = deployment()
    const entries = cluster.object?.metadata?.managedFields?.map((entry) => ({
      ...entry,
      apiVersion: 'apps/v1beta1',
    }))
    cluster.object = {
      ...cluster.object,
      metadata: { ...cluster.object?.metadata, managedFields: entries ?? [] },
    }
    cluster.apply('helm', { spec: { replicas: 2 } })
    assert.ok(cluster.owners['kubectl-client-side-apply Update']?.includes('.spec.replicas'))
  })
})

describe('an object that nobody manages', () => {
  it('belongs to somebody before the first apply', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.object = cluster.configuration({ metadata: { uid: 'u' }, data: { a: '1' } })
    const error = refusal(cluster, 'helm', { data: { a: '2' } })
    assert.equal(
      error.message,
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    )
    cluster.apply('helm', { data: { b: '2' } })
    assert.deepEqual(cluster.owners, {
      'helm Apply': ['.data.b'],
      'before-first-apply Update': ['.data', '.data.a'],
    })
  })
})

describe('kubectl', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
  const clientSide = (body: Json, live: Json = body) => {
    const cluster = new Cluster('ConfigMap')
    const last = JSON.stringify(cluster.configuration(body))
    cluster.update('kubectl-client-side-apply', {
      metadata: { annotations: { [annotation]: last } },
      ...live,
    })
    return cluster
  }

  it('takes over what its client-side apply has set, and keeps the annotation up to date', () => {
    const cluster = clientSide({ data: { a: '1' } })
    cluster.apply('kubectl', { data: { a: '2' } })
    assert.deepEqual(cluster.body.data, { a: '2' })
    assert.equal(
      cluster.object?.metadata?.annotations?.[annotation],
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"x"}}\n',
    )
  })

  it('does not take over what was changed since', () => {
    const cluster = clientSide({ data: { a: '1', b: '1' } })
    const annotations = cluster.object?.metadata?.annotations ?? {}
    cluster.update('editor', { metadata: { annotations }, data: { a: '3', b: '1' } })
    const error = refusal(cluster, 'kubectl', { data: { a: '2', b: '2' } })
    assert.equal(
      error.message,
      'Apply failed with 1 conflict: conflict with "editor" using v1: .data.a',
    )
  })

  it('is the only one who does', () => {
    const error = refusal(clientSide({ data: { a: '1' } }), 'helm', { data: { a: '2' } })
    assert.match(
      error.message,
      /^Apply failed with 1 conflict: conflict with "kubectl-client-side-apply"/,
    )
  })

  it('drops an annotation that would be too large', () => {
    const cluster = clientSide({ data: { a: '1' } })
    cluster.apply('kubectl', { data: { a: 'x'.repeat(256 * 1024) } })
    assert.equal(cluster.object?.metadata?.annotations?.[annotation], undefined)
  })

  it('gets no annotation where there is none', () => {
    const cluster = new Cluster('ConfigMap')
    cluster.apply('kubectl', { data: { a: '1' } })
    assert.deepEqual(cluster.body, { data: { a: '1' } })
  })
})

describe('a configuration that cannot be applied', () => {
  const options: ApplyOptions = {
    type: fixtureType('ConfigMap'),
    apiVersion: 'v1',
    kind: 'ConfigMap',
    manager: 'm',
    now: start,
  }
  const cases: readonly [name: string, applied: Json, code: number, message: string][] = [
    ['has no kind', { apiVersion: 'v1' }, 400, 'invalid object type: /v1, Kind='],
    ['says nothing', {}, 400, 'invalid object type: /, Kind='],
    ['says it by numbers', { apiVersion: -1, kind: 2 }, 400, 'invalid object type: /, Kind='],
    [
      'is of another version',
      { apiVersion: 'apps/v1', kind: 'ConfigMap' },
      400,
      'invalid object type: apps/v1, Kind=ConfigMap',
    ],
    ['names no version', { apiVersion: 'a/b/c', kind: 'X' }, 400, 'invalid object type: /, Kind='],
    [
      'has managed fields',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { managedFields: [] } },
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'has unknown fields',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'n' }, spec: 1 },
      500,
      'failed to create typed patch object (n/x; /v1, Kind=ConfigMap): .spec: field not declared in schema',
    ],
  ]
  for (const [name, applied, code, message] of cases) {
    it(`is refused when it ${name}`, () => {
      assert.throws(
        () => atOnce(applyConfiguration(undefined, applied, options)),
        (error) => error instanceof StatusError && error.code === code && error.message === message,
      )
    })
  }

  it('is refused when the live object’s managed fields cannot be read', () => {
    const live = { metadata: { managedFields: [{ operation: 'Merge' }] } }
    assert.throws(
      () => atOnce(applyConfiguration(live, { apiVersion: 'v1', kind: 'ConfigMap' }, options)),
      /^StatusError: failed to decode managed fields: operation must be `Apply` or `Update`$/,
    )
  })
})
