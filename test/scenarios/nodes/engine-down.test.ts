import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { faults, nodeReadyCondition, pods } from '#api'
import { expect, type Simulation, simulate } from '#testing'

const pod = (name: string, spec = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {nodeName: node-1, ${spec} containers: [{name: main, image: nginx}]}
`

/** A node whose engine is known to be down, with one pod that runs on. */
async function withoutEngine(): Promise<{ cluster: Simulation; heal: () => Promise<void> }> {
  const cluster = await simulate()
  await cluster.apply(pod('old'))
  await cluster.until(() => cluster.pod('old').ready)
  const { heal } = await cluster.fault('engine', { type: 'EngineDown', node: 'node-1' })
  await cluster.until(() => !cluster.node('node-1').ready, { within: '1m' })
  assert.match(nodeReadyCondition(cluster.node('node-1').object)?.message ?? '', /runtime is down/)
  return { cluster, heal: async () => void (await heal()) }
}

describe('while the container engine is down a kubelet', () => {
  test('lets no pod in, and starts it within seconds when the engine is back', async () => {
    const { cluster, heal } = await withoutEngine()
    await using _ = cluster
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    await cluster.apply(names.map((name) => pod(name)))
    await cluster.advance('2m')
    for (const name of names) {
      const { status } = cluster.pod(name).object
      assert.deepEqual([status?.phase, status?.startTime], ['Pending', undefined])
    }
    await heal()
    // It asks the engine how it is every 5 s, and looks at what it says every 5 s.
    await cluster.until(() => names.every((name) => cluster.pod(name).ready), { within: '11s' })
  })

  test('turns no pod away either, before the engine is back', async () => {
    const { cluster, heal } = await withoutEngine()
    await using _ = cluster
    await cluster.apply(pod('misfit', 'nodeSelector: {disk: fast},'))
    await cluster.advance('2m')
    assert.equal(cluster.pod('misfit').phase, 'Pending')
    await heal()
    await cluster.until(() => cluster.pod('misfit').phase === 'Failed', { within: '11s' })
    assert.equal(cluster.pod('misfit').object.status?.reason, 'NodeAffinity')
  })

  test('tries nothing again, and goes on within seconds with what it could not do', async () => {
    await using cluster = await simulate()
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`)
    await cluster.apply(names.map((name) => pod(name)))
    await cluster.until(() => names.every((name) => cluster.pod(name).ready))
    const { heal } = await cluster.fault('engine', { type: 'EngineDown', node: 'node-1' })
    await cluster.settle()
    // It does not know yet: it tries to stop them, and fails.
    for (const name of names) {
      await cluster.delete(`pod/${name}`)
      await cluster.advance('1s')
    }
    await cluster.advance('2m')
    assert.equal(cluster.pods().length, names.length)
    await heal()
    await cluster.until(() => cluster.pods().length === 0, { within: '11s' })
  })

  test('forgets what has come and gone meanwhile', async () => {
    const { cluster, heal } = await withoutEngine()
    await using _ = cluster
    await cluster.apply(pod('short'))
    await cluster.advance('10s')
    const key = { namespace: 'default', name: 'short' }
    await cluster.client.delete(pods, key, { gracePeriodSeconds: 0 })
    await cluster.advance('10s')
    await heal()
    await cluster.advance('1m')
    expect(cluster.log).never(/pod\/short.*(Created|Started|Pulling)/)
    assert.equal(cluster.pod('old').phase, 'Running')
  })

  test('ends no pod, and ends it when the engine is back', async () => {
    const { cluster, heal } = await withoutEngine()
    await using _ = cluster
    await cluster.delete('pod/old')
    await cluster.advance('2m')
    expect(cluster.log).never(/Stopping container main/)
    assert.equal(cluster.pod('old').phase, 'Running')
    await heal()
    await cluster.until(() => cluster.pods().length === 0, { within: '45s' })
    expect(cluster.log).eventually(/Stopping container main/)
  })
})

test('a kubelet that comes up before its engine removes what was left there once that is up', async () => {
  const { cluster, heal } = await withoutEngine()
  await using _ = cluster
  const { uid } = cluster.pod('old').object.metadata
  const left = () =>
    cluster
      .node('node-1')
      .files('/var')
      .filter((path) => path.includes(uid))
  await cluster.fault('crash', { type: 'NodeCrash', node: 'node-1' })
  const key = { namespace: 'default', name: 'old' }
  await cluster.client.delete(pods, key, { gracePeriodSeconds: 0 })
  await cluster.advance('1m')
  await cluster.client.delete(faults, { name: 'crash' })
  await cluster.advance('1m')
  assert.notDeepEqual(left(), [])
  await heal()
  await cluster.advance('1m')
  assert.deepEqual(left(), [])
})
