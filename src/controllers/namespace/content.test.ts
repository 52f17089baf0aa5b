import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configMaps, type Pod, pods, secrets } from '#api'
import type { Stored } from '#machinery'
import { forbidden } from '#machinery/status'
import { type Existing, worldWith } from '../shared/loop-fixture.ts'
import { podWith, storedObject } from '../shared/objects-fixture.ts'
import { deleteContent } from './content.ts'

const held = { metadata: { finalizers: ['example.com/hold'] } }

function pass(existing: Existing, elapsedSeconds = 10) {
  const world = worldWith(existing)
  const result = deleteContent(world.client, { namespace: 'ns', elapsedSeconds })
  return { ...world, result, whats: () => world.writes.map(({ what }) => what) }
}

function pod(name: string, graceSeconds: number, phase = 'Running'): Stored<Pod> {
  return podWith(name, {
    phase,
    metadata: held.metadata,
    spec: { terminationGracePeriodSeconds: graceSeconds },
  })
}

describe('the content of a leaving namespace', () => {
  test('goes by whole collections, pods first; what others have stays', async () => {
    const elsewhere = storedObject('c', { metadata: { namespace: 'other' } })
    const { result, whats } = pass([
      [configMaps, storedObject('a', {})],
      [pods, podWith('p')],
      [secrets, elsewhere],
    ])
    const { remaining, deletionFailures, estimateSeconds } = await result
    assert.deepEqual(whats(), ['delete all pods ns', 'delete all configmaps ns'])
    assert.deepEqual([remaining, deletionFailures, estimateSeconds], [[], [], 0])
  })

  test('that pods may use stays until the last pod is gone', async () => {
    const { result, whats } = pass([
      [configMaps, storedObject('a', {})],
      [pods, pod('p', 30)],
    ])
    const { remaining } = await result
    assert.deepEqual(whats(), ['delete all pods ns'])
    assert.deepEqual(
      remaining.map(({ resource, count }) => [resource.plural, count]),
      [['pods', 1]],
    )
  })

  test('of which a part cannot be deleted goes as far as it can', async () => {
    const { result, refuse, whats } = pass([
      [secrets, storedObject('s', {})],
      [configMaps, storedObject('a', {})],
    ])
    refuse(forbidden(secrets, 's', 'no'))
    const { deletionFailures, remaining } = await result
    assert.deepEqual(deletionFailures, ['secrets "s" is forbidden: no'])
    assert.deepEqual(whats(), ['delete all configmaps ns'])
    assert.deepEqual(remaining, [])
  })
})

describe('what remains is expected to take', () => {
  const estimate = async (existing: Existing, elapsedSeconds?: number) =>
    (await pass(existing, elapsedSeconds).result).estimateSeconds

  test('the longest grace period of the pods that still run', async () => {
    const existing: Existing = [
      [pods, pod('a', 30)],
      [pods, pod('b', 60)],
      [pods, pod('c', 300, 'Succeeded')],
    ]
    assert.equal(await estimate(existing), 60)
  })

  test('a quarter of a minute where finalizers hold it, also after the grace period', async () => {
    assert.equal(await estimate([[configMaps, storedObject('a', held)]]), 15)
    assert.equal(await estimate([[pods, pod('a', 30)]], 30), 15)
    assert.equal(await estimate([[pods, pod('a', 30)]], 29), 30)
  })

  test('nobody knows how long where nothing holds it: that is a failure', async () => {
    const { client, result } = pass([])
    await result
    const stubborn = [storedObject('a', {})]
    const list = async () => ({ resourceVersion: '1', items: stubborn })
    const resources = [
      {
        resource: 'configmaps',
        responseKind: { kind: 'ConfigMap' },
        scope: 'Namespaced',
        verbs: ['list', 'delete', 'deletecollection'],
      },
    ]
    const getPath = async (path: string) =>
      path === '/api'
        ? { items: [{ metadata: {}, versions: [{ version: 'v1', resources }] }] }
        : { items: [] }
    const { deletionFailures } = await deleteContent(
      { list, getPath, deleteCollection: async () => {} } as unknown as typeof client,
      { namespace: 'ns', elapsedSeconds: 10 },
    )
    assert.deepEqual(deletionFailures, [
      'unexpected items still remain in namespace: ns for gvr: /v1, Resource=configmaps',
    ])
  })
})
