import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pods, type ResourceQuota, resourceQuotas } from '#api'
import { createVirtualClock } from '#lib'
import type { KubeObject, ResourceRef, Stored } from '#machinery'
import { conflict, optimisticLockMessage } from '#machinery/status'
import type { AdmissionAttributes } from '../../admission.ts'
import { objectsOf, stored } from '../../objects-fixture.ts'
import type { LimitedResource } from './charge.ts'
import { resourceQuotaAdmission } from './resource-quota.ts'

const namespace = 'ns'
const asked: AdmissionAttributes = {
  verb: 'create',
  resource: pods,
  subresource: '',
  namespace,
  name: 'p',
  dryRun: false,
  user: { name: 'ann', groups: [] },
}

function quota(name: string, used: number, hard: number, spec: object = {}): Stored<ResourceQuota> {
  return stored(resourceQuotas, {
    metadata: { name, namespace },
    spec,
    status: { hard: { pods: `${hard}` }, used: { pods: `${used}` } },
  })
}

/** A server whose quotas change as the plugin writes them, and before its first writes. */
function serverOf(
  quotas: readonly Stored<ResourceQuota>[],
  meanwhile: readonly (() => Stored<ResourceQuota>[])[] = [],
  limited: readonly LimitedResource[] = [],
) {
  const clock = createVirtualClock()
  const held = new Map(quotas.map((each) => [each.metadata.name, each]))
  const pending = [...meanwhile]
  const writes: string[] = []
  const writer = {
    async updateStatus<T extends KubeObject>(_: ResourceRef<T>, object: Stored<T>) {
      for (const changed of pending.shift()?.() ?? []) held.set(changed.metadata.name, changed)
      const { name, resourceVersion } = object.metadata
      const current = held.get(name)
      if (current?.metadata.resourceVersion !== resourceVersion) {
        throw conflict(resourceQuotas, name, optimisticLockMessage)
      }
      const metadata = { ...object.metadata, resourceVersion: `${Number(resourceVersion) + 1}` }
      // Cast: the plugin writes quotas alone.
      const next = { ...object, metadata } as unknown as Stored<ResourceQuota>
      held.set(name, next)
      writes.push(`${name}: ${next.status?.used?.pods}`)
    },
  }
  const plugin = resourceQuotaAdmission({ clock, writer, limited })
  const create = async (object: object = {}, more: Partial<AdmissionAttributes> = {}) => {
    const attributes: AdmissionAttributes = {
      ...asked,
      object: Object.assign({ metadata: { name: 'p' }, spec: { containers: [] } }, object),
      ...more,
    }
    assert.ok(plugin.handles(attributes))
    const objects = objectsOf([...held.values()].map((each) => [resourceQuotas, each] as const))
    const context = { nowMs: 0, warn: () => {}, signal: new AbortController().signal }
    await plugin.validate?.(attributes, { ...context, objects: { ...objects, list: listed } })
  }
  const listed = <T extends KubeObject>(_: ResourceRef<T>) =>
    // Cast: the plugin reads quotas alone.
    [...held.values()] as unknown as readonly Stored<T>[]
  return { create, writes, clock }
}

function newer(of: Stored<ResourceQuota>, used: number): Stored<ResourceQuota> {
  const metadata = { ...of.metadata, resourceVersion: '7' }
  return { ...of, metadata, status: { ...of.status, used: { pods: `${used}` } } }
}

test('writes that come while others are charged are charged together', async () => {
  const { create, writes } = serverOf([quota('q', 0, 5)])
  await Promise.all(Array.from({ length: 4 }, () => create()))
  assert.deepEqual(writes, ['q: 1', 'q: 4'])
})

test('what somebody else has counted meanwhile is looked at again, and that alone', async () => {
  const [a, b] = [quota('a', 0, 5), quota('b', 0, 5)]
  const { create, writes } = serverOf([a, b], [() => [], () => [newer(b, 3)]])
  await create()
  assert.deepEqual(writes, ['a: 1', 'b: 4'])
})

test('a quota that is full by then refuses', async () => {
  const q = quota('q', 0, 1)
  const { create, writes } = serverOf([q], [() => [newer(q, 1)]])
  await assert.rejects(create(), /exceeded quota: q, requested: pods=1, used: pods=1/)
  assert.deepEqual(writes, [])
})

test('who always comes too late hears of the conflict', async () => {
  const q = quota('q', 0, 9)
  const bump = (version: number) => () => {
    const next = newer(q, 0)
    return [{ ...next, metadata: { ...next.metadata, resourceVersion: `${version}` } }]
  }
  const { create } = serverOf([q], [bump(10), bump(20), bump(30), bump(40)])
  await assert.rejects(create(), { code: 409, reason: 'Conflict' })
})

test('nobody waits forever for a quota to be stored', async () => {
  const clock = createVirtualClock()
  const writer = { updateStatus: () => new Promise<void>(() => {}) }
  const plugin = resourceQuotaAdmission({ clock, writer })
  const attributes = {
    ...asked,
    object: { metadata: { name: 'p' }, spec: { containers: [] } } as KubeObject,
  }
  const objects = objectsOf([[resourceQuotas, quota('q', 0, 1)]])
  const context = { objects, nowMs: 0, warn: () => {}, signal: new AbortController().signal }
  const answer = plugin.validate?.(attributes, context)
  await Promise.all([
    assert.rejects(answer ?? Promise.resolve(), {
      code: 500,
      message: 'Internal error occurred: resource quota evaluation timed out',
    }),
    clock.advance(10_000),
  ])
})

test('what is not counted yet is not let in', async () => {
  const { create } = serverOf([
    {
      ...quota('q', 0, 1),
      status: { hard: { pods: '1', 'count/pods': '1' }, used: { pods: '0' } },
    },
  ])
  await assert.rejects(create(), {
    code: 403,
    message: 'pods "p" is forbidden: status unknown for quota: q, resources: count/pods,pods',
  })
})

const important = [{ scopeName: 'PriorityClass', operator: 'In', values: ['high', 'higher'] }]
const limited = [
  { resource: 'pods', matchScopes: important, matchContains: ['requests.example.com/'] },
]
const high = { spec: { priorityClassName: 'high', containers: [] } }
const gpus = {
  spec: { containers: [{ name: 'c', resources: { requests: { 'example.com/gpu': '1' } } }] },
}

test('what is limited by configuration may be had only where a quota covers it', async () => {
  const { create } = serverOf([], [], limited)
  await create()
  await assert.rejects(create(high), {
    code: 500,
    message: 'insufficient quota to match these scopes: [{PriorityClass In [high higher]}]',
  })
  await assert.rejects(create(gpus), {
    code: 403,
    message: 'pods "p" is forbidden: insufficient quota to consume: requests.example.com/gpu',
  })
  const covered = serverOf(
    [quota('q', 0, 1, { scopeSelector: { matchExpressions: important } })],
    [],
    limited,
  )
  await covered.create(high)
  await assert.rejects(covered.create(high), /exceeded quota: q/)
})

test('custom resources are counted too, and namespaces and what has none are not looked at', async () => {
  const widgets = { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets' }
  const q = {
    ...quota('q', 0, 1),
    status: {
      hard: { 'count/widgets.example.com': '1' },
      used: { 'count/widgets.example.com': '1' },
    },
  }
  const { create } = serverOf([q])
  // Cast: the plugin reads the names of a resource alone.
  const resource = widgets as unknown as AdmissionAttributes['resource']
  await assert.rejects(create({}, { resource }), {
    message:
      'widgets.example.com "p" is forbidden: exceeded quota: q, requested: count/widgets.example.com=1, used: count/widgets.example.com=1, limited: count/widgets.example.com=1',
  })
  await create({}, { resource, subresource: 'status', verb: 'update' })
})
