import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
} from '#api'
import type { ObjectMeta, ResourceRef, Stored } from '#machinery'
import { loopOf } from '../shared/loop-fixture.ts'
import { clusterWide, podWith, storedObject } from '../shared/objects-fixture.ts'
import { pvcProtectionController } from './claims.ts'
import { pvProtectionController } from './volumes.ts'

const leaving = { deletionTimestamp: '2026-01-02T03:04:05Z', deletionGracePeriodSeconds: 0 }
const both = ['kubernetes.io/pvc-protection', 'a/b']

function claim(metadata: Partial<ObjectMeta>): Stored<PersistentVolumeClaim> {
  return storedObject<PersistentVolumeClaim>('data', { metadata })
}

function podUsing(volume: object, metadata: object = {}, nodeName = 'n'): Stored<Pod> {
  const pod = podWith('p', { node: nodeName, metadata })
  const spec = { ...pod.spec, nodeName, volumes: [{ name: 'v', ...volume }] }
  return { ...pod, spec } as Stored<Pod>
}

const named = { persistentVolumeClaim: { claimName: 'data' } }

async function writesFor(
  held: Stored<PersistentVolumeClaim>,
  ...users: readonly Stored<Pod>[]
): Promise<readonly unknown[]> {
  const loop = await loopOf(pvcProtectionController, [
    [persistentVolumeClaims, held],
    ...users.map((pod) => [pods, pod] as const),
  ])
  const key = `${held.metadata.namespace}/${held.metadata.name}`
  const { writes } = await loop.reconcile(key)
  return writes.map(({ sent }) => (sent as PersistentVolumeClaim).metadata?.finalizers)
}

describe('a claim', () => {
  test('that is to be deleted goes once no pod uses it', async () => {
    const going = claim({ ...leaving, finalizers: both })
    assert.deepEqual(await writesFor(going), [['a/b']])
    assert.deepEqual(await writesFor(going, podUsing(named)), [])
    const ended = { ...podUsing(named), status: { phase: 'Succeeded' } } as Stored<Pod>
    assert.deepEqual(await writesFor(going, ended), [], 'pods that ended may still be unmounted')
    const unscheduled = podUsing(named, {}, '')
    assert.deepEqual(await writesFor(going, unscheduled), [['a/b']])
    const other = podUsing({ persistentVolumeClaim: { claimName: 'other' } })
    assert.deepEqual(await writesFor(going, other), [['a/b']])
  })

  test('of an ephemeral volume waits for its own pod, unless that is shut down', async () => {
    const pod = podUsing({ name: 'v', ephemeral: {} })
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: pod.metadata.uid, controller: true },
    ]
    const metadata = { ...leaving, finalizers: both, name: 'p-v' }
    const own = claim({ ...metadata, ownerReferences })
    assert.deepEqual(await writesFor(own, pod), [])
    assert.deepEqual(await writesFor(own, podUsing({ ephemeral: {} }, leaving)), [['a/b']])
    assert.deepEqual(await writesFor(claim(metadata), pod), [['a/b']], "it is somebody else's")
  })

  test('that stays gets the finalizer where nobody gave it', async () => {
    assert.deepEqual(await writesFor(claim({})), [['kubernetes.io/pvc-protection']])
    assert.deepEqual(await writesFor(claim({ finalizers: both })), [])
  })

  test('waits for a pod of which the cache has not heard', async () => {
    const loop = await loopOf(pvcProtectionController, [
      [persistentVolumeClaims, claim({ ...leaving, finalizers: both })],
    ])
    loop.put(pods, podUsing(named), 'unheard')
    assert.deepEqual((await loop.reconcile('ns/data')).writes, [])
  })

  test('is looked at when a pod that uses it goes, ends or has no node', async () => {
    const world = await loopOf(pvcProtectionController)
    const watched = pvcProtectionController
      .start(world.context)
      .watches.find(({ resource }) => (resource as ResourceRef).plural === 'pods')
    const keys = (change: object) => watched?.keys(change as never)
    const pod = podUsing(named)
    assert.deepEqual(keys({ before: pod }), ['ns/data'])
    assert.deepEqual(keys({ before: pod, after: pod }), [])
    const ended = { ...pod, status: { phase: 'Failed' } }
    assert.deepEqual(keys({ before: pod, after: ended }), ['ns/data'])
    const made = { ...pod, metadata: { ...pod.metadata, uid: 'another' } }
    assert.deepEqual(keys({ before: pod, after: made }), ['ns/data'])
    assert.deepEqual(keys({ after: podUsing(named, {}, '') }), ['ns/data'])
  })
})

describe('a volume', () => {
  const volume = (metadata: Partial<ObjectMeta>, phase: string) =>
    clusterWide<PersistentVolume>('pv', { metadata, status: { phase } })
  const cases: readonly (readonly [string, Stored<PersistentVolume>, readonly unknown[]])[] = [
    [
      'that is bound stays',
      volume({ ...leaving, finalizers: ['kubernetes.io/pv-protection'] }, 'Bound'),
      [],
    ],
    [
      'that is not goes',
      volume({ ...leaving, finalizers: ['kubernetes.io/pv-protection'] }, 'Released'),
      [[]],
    ],
    ['without the finalizer gets it', volume({}, 'Available'), [['kubernetes.io/pv-protection']]],
  ]
  for (const [name, held, expected] of cases) {
    test(name, async () => {
      const loop = await loopOf(pvProtectionController, [[persistentVolumes, held]])
      const { writes } = await loop.reconcile('pv')
      assert.deepEqual(
        writes.map(({ sent }) => (sent as PersistentVolume).metadata?.finalizers),
        expected,
      )
    })
  }
})
