import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configMaps, namespaces, pods, secrets } from '#api'
import { type OwnerReference, ownerReference, type ResourceRef, type Stored } from '#machinery'
import { conflict, unsupportedMediaType } from '#machinery/status'
import { worldWith } from '../shared/loop-fixture.ts'
import { clusterWide, secondsAgo, storedObject } from '../shared/objects-fixture.ts'
import { garbageCollector } from './controller.ts'

interface Draft {
  readonly owners?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly leaving?: boolean
  readonly uid?: string
}

function object(name: string, { owners = [], finalizers = [], leaving, uid }: Draft = {}): Stored {
  const metadata = {
    ...(uid === undefined ? {} : { uid }),
    ownerReferences: owners,
    finalizers,
    ...(leaving ? { deletionTimestamp: secondsAgo(1) } : {}),
  }
  return storedObject(name, { metadata })
}

/** A reference to a ConfigMap; `blocks` as the API server sets it for controllers. */
function to(name: string, blocks = false, uid = `uid-${name}`): OwnerReference {
  const reference = ownerReference(object(name, { uid }), configMaps)
  return blocks ? { ...reference, blockOwnerDeletion: true } : reference
}

type Placed = readonly [ResourceRef, Stored]

/** The collector after it has discovered what there is. */
async function collectorOf(...existing: readonly Placed[]) {
  // One of each kind, so that each is served.
  const kinds = [configMaps, pods, secrets].map((kind) => [kind, object('one-of-each')] as const)
  const world = worldWith([...existing, ...kinds])
  const { clock, context, informers, writes } = world
  const keys: string[] = []
  const loop = garbageCollector.start(context)
  const watch = ({ resource, keys: of }: { resource: ResourceRef; keys: unknown }) =>
    void informers
      .informer(resource)
      .subscribe((change) => keys.push(...(of as (change: unknown) => readonly string[])(change)))
  void loop.background?.({ ...context, watch } as never, context.signal)
  await clock.settle()
  const reconcile = async (key: string) => {
    const before = writes.length
    await Promise.all([loop.reconcile(key, context), clock.settle()])
    return writes.slice(before)
  }
  return { ...world, keys, reconcile }
}

const pod = (name: string) => `/v1/pods ns/${name}`
const configMap = (name: string) => `/v1/configmaps ns/${name}`
const deletion = (propagationPolicy: string, version: string, name = 'p') => ({
  what: `delete pods ns/${name}`,
  sent: { propagationPolicy, preconditions: { uid: `uid-${name}`, resourceVersion: version } },
})

describe('a dependent', () => {
  test('of an owner that stands is not touched', async () => {
    const { reconcile } = await collectorOf(
      [configMaps, object('o')],
      [pods, object('p', { owners: [to('o')] })],
    )
    assert.deepEqual(await reconcile(pod('p')), [])
  })

  test('whose owner never was, or has a namesake, goes', async () => {
    for (const existing of [[], [[configMaps, object('o')] as const]]) {
      const { reconcile } = await collectorOf(...existing, [
        pods,
        object('p', { owners: [to('o', false, 'of-old')] }),
      ])
      const [write, ...others] = await reconcile(pod('p'))
      assert.deepEqual(others, [])
      assert.deepEqual(write, deletion('Background', existing.length === 0 ? '2' : '3'))
    }
  })

  test('forgets owners that are gone while another stands', async () => {
    const { reconcile } = await collectorOf(
      [configMaps, object('o')],
      [pods, object('p', { owners: [to('gone'), to('o')] })],
    )
    assert.deepEqual(await reconcile(pod('p')), [
      {
        what: 'patch pods ns/p',
        sent: {
          metadata: { uid: 'uid-p', ownerReferences: [{ $patch: 'delete', uid: 'uid-gone' }] },
        },
      },
    ])
  })

  test('is judged by what the API says, not the caches', async () => {
    const { reconcile, put } = await collectorOf([pods, object('p', { owners: [to('o')] })])
    put(configMaps, object('o'), 'unheard')
    assert.deepEqual(await reconcile(pod('p')), [], 'the owner came meanwhile')
    put(pods, object('p', { owners: [to('gone')], leaving: true }), 'unheard')
    assert.deepEqual(await reconcile(pod('p')), [], 'it leaves already')
  })

  test('of a kind that nobody serves is tried again later', async () => {
    const unknown = { apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: 'x' }
    const { reconcile } = await collectorOf([pods, object('p', { owners: [unknown] })])
    await assert.rejects(reconcile(pod('p')), /no resource serves example.com\/v1, Kind=Thing/)
  })

  test('that changed since it was judged goes when its owners are the same', async () => {
    const { reconcile, refuse, writes } = await collectorOf([
      pods,
      object('p', { owners: [to('gone')] }),
    ])
    refuse(conflict(pods, 'p', 'changed'))
    await reconcile(pod('p'))
    assert.deepEqual(writes, [
      {
        what: 'delete pods ns/p',
        sent: { propagationPolicy: 'Background', preconditions: { uid: 'uid-p' } },
      },
    ])
  })

  test('that got another owner since it was judged is judged again', async () => {
    const { reconcile, refuse, put } = await collectorOf([
      pods,
      object('p', { owners: [to('gone')] }),
    ])
    const adopted = object('p', { owners: [to('gone'), to('o')] })
    refuse(conflict(pods, 'p', 'changed'), () => put(pods, adopted, 'unheard'))
    await assert.rejects(reconcile(pod('p')), /changed/)
  })

  test('in another namespace than its owner goes, and it is told why', async () => {
    const owner = storedObject('o', { metadata: { namespace: 'elsewhere' } })
    const { reconcile, events } = await collectorOf(
      [configMaps, owner],
      [pods, object('p', { owners: [to('o')] })],
    )
    assert.equal((await reconcile(pod('p'))).length, 1)
    assert.deepEqual(events, [
      'OwnerRefInvalidNamespace: ownerRef [v1/ConfigMap, namespace: ns, name: o, uid: uid-o] does not exist in namespace "ns"',
    ])
  })

  test('that stands in no namespace cannot have an owner in one: it is left alone', async () => {
    const owned = clusterWide('n', { metadata: { ownerReferences: [to('o')] } })
    const { reconcile } = await collectorOf([namespaces, owned])
    assert.deepEqual(await reconcile('/v1/namespaces n'), [])
  })
})

describe('an owner that is deleted', () => {
  const waiting = object('o', { finalizers: ['foregroundDeletion'], leaving: true })

  test('in the foreground waits for those that block it, and then goes', async () => {
    const { reconcile, remove, clock } = await collectorOf(
      [configMaps, waiting],
      [pods, object('p', { owners: [to('o', true)] })],
      [pods, object('q', { owners: [to('o')] })],
    )
    assert.deepEqual(await reconcile(configMap('o')), [])
    assert.deepEqual(await reconcile(pod('p')), [deletion('Background', '3')])
    await clock.settle()
    const [write] = await reconcile(configMap('o'))
    assert.deepEqual(write, {
      what: 'patch configmaps ns/o',
      sent: { metadata: { uid: 'uid-o', resourceVersion: '2', finalizers: [] } },
    })
    remove(configMaps, 'ns/o')
    assert.deepEqual(await reconcile(configMap('o')), [])
  })

  test('is waited for by two that wait for each other: the ring is broken first', async () => {
    const [a, b] = [
      object('a', { owners: [to('b', true)], finalizers: ['foregroundDeletion'], leaving: true }),
      object('b', { owners: [to('a', true)] }),
    ]
    const { reconcile } = await collectorOf([configMaps, a], [configMaps, b])
    assert.deepEqual(
      (await reconcile(configMap('b'))).map(({ what }) => what),
      ['patch configmaps ns/b', 'delete configmaps ns/b'],
    )
  })

  test('leaving orphans behind is forgotten by them, and then goes', async () => {
    const owner = object('o', { finalizers: ['orphan', 'other'], leaving: true })
    const { reconcile } = await collectorOf(
      [configMaps, owner],
      [pods, object('p', { owners: [to('o', true), to('q')] })],
    )
    assert.deepEqual(await reconcile(configMap('o')), [
      {
        what: 'patch pods ns/p',
        sent: { metadata: { uid: 'uid-p', ownerReferences: [{ $patch: 'delete', uid: 'uid-o' }] } },
      },
      {
        what: 'patch configmaps ns/o',
        sent: { metadata: { uid: 'uid-o', resourceVersion: '2', finalizers: ['other'] } },
      },
    ])
  })

  test('is forgotten by a kind that knows no strategic patch through its whole list', async () => {
    const owner = object('o', { finalizers: ['orphan'], leaving: true })
    const { reconcile, refuse } = await collectorOf(
      [configMaps, owner],
      [pods, object('p', { owners: [to('o'), to('q')] })],
    )
    refuse(unsupportedMediaType([]))
    const [write] = await reconcile(configMap('o'))
    assert.deepEqual(write?.sent, {
      metadata: { uid: 'uid-p', resourceVersion: '3', ownerReferences: [to('q')] },
    })
  })
})

describe('a change concerns', () => {
  test('the dependents of what is gone or begins to wait', async () => {
    const { keys, remove, put, clock } = await collectorOf(
      [configMaps, object('o')],
      [configMaps, object('r')],
      [pods, object('p', { owners: [to('o')] })],
      [pods, object('q', { owners: [to('r')] })],
    )
    keys.length = 0
    remove(configMaps, 'ns/o')
    put(configMaps, object('r', { finalizers: ['foregroundDeletion'], leaving: true }))
    await clock.settle()
    assert.deepEqual(keys.toSorted(), [configMap('r'), pod('p'), pod('q')])
  })

  test('the owner that waits for what changes', async () => {
    const waiting = object('o', { finalizers: ['foregroundDeletion'], leaving: true })
    const { keys, remove, clock } = await collectorOf(
      [configMaps, waiting],
      [pods, object('p', { owners: [to('o')] })],
      [pods, object('q')],
    )
    keys.length = 0
    remove(pods, 'ns/p')
    remove(pods, 'ns/q')
    await clock.settle()
    assert.deepEqual(keys, [configMap('o')])
  })

  test('what gets other owners or finalizers, and not what only its status changes', async () => {
    const owners = [to('o')]
    const { keys, put, clock } = await collectorOf(
      [configMaps, object('o')],
      [pods, object('p', { owners })],
    )
    const changed = async (next: Stored) => {
      keys.length = 0
      put(pods, next)
      await clock.settle()
      return [...keys]
    }
    const running = { ...object('p', { owners }), status: { phase: 'Running' } } as Stored
    assert.deepEqual(await changed(running), [])
    assert.deepEqual(await changed(object('p', { owners: [to('o', true)] })), [pod('p')])
    const leaving = object('p', { owners, finalizers: ['orphan'], leaving: true })
    assert.deepEqual(await changed(leaving), [pod('p')])
    const foreground = object('p', { owners, finalizers: ['foregroundDeletion'], leaving: true })
    assert.deepEqual(await changed(foreground), [pod('p')])
  })
})
