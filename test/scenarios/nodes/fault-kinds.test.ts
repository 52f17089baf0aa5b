import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nodeReadyCondition } from '#api'
import { expect, type Simulation, simulate } from '#testing'

const web = (name: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: main, image: nginx}]}
`

const pod = (name: string, image = 'nginx', node = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {nodeName: '${node}', containers: [{name: main, image: '${image}'}]}
`

/** Two nodes with one pod of a Deployment on each. */
async function spread(): Promise<Simulation> {
  const cluster = await simulate({ nodes: 2 })
  await cluster.apply(web('web'))
  await cluster.until(() => cluster.deployment('web').readyReplicas === 2)
  assert.deepEqual(nodesOf(cluster, 'web'), ['node-1', 'node-2'])
  return cluster
}

function nodesOf(cluster: Simulation, app: string): readonly string[] {
  const living = cluster
    .pods({ app })
    .filter(({ phase, object }) => phase !== 'Failed' && !object.metadata.deletionTimestamp)
  return living.map(({ node }) => node ?? '').toSorted()
}

function condition(cluster: Simulation, type: string): string | undefined {
  const { status } = cluster.node('node-1').object
  return status?.conditions?.find((each) => each.type === type)?.status
}

/** How long it takes until a node that is cut off counts as lost. */
async function lostAfterMs(direction: 'Both' | 'ToServer' | 'FromServer'): Promise<number> {
  await using cluster = await spread()
  // Until its status tells of the image that came with the pod: what is left to tell is a sign of life.
  await cluster.until(() => (cluster.node('node-1').object.status?.images?.length ?? 0) > 0)
  const beforeMs = cluster.elapsedMs
  await cluster.node('node-1').partition(direction)
  await cluster.until(() => !cluster.node('node-1').ready, { within: '3m' })
  const { status, reason } = nodeReadyCondition(cluster.node('node-1').object) ?? {}
  assert.deepEqual([status, reason], ['Unknown', 'NodeStatusUnknown'])
  return cluster.elapsedMs - beforeMs
}

describe('a partition', () => {
  test('that loses answers lets one more heartbeat through than one that loses requests', async () => {
    const both = await lostAfterMs('Both')
    assert.ok(both > 40_000 && both < 70_000, `${both}`)
    assert.equal(await lostAfterMs('ToServer'), both)
    // The lease was renewed once; the kubelet did not hear so, and asked for what was no longer so.
    assert.equal(await lostAfterMs('FromServer'), both + 10_000)
  })

  for (const direction of ['Both', 'ToServer', 'FromServer'] as const) {
    test(`that is short (${direction}) costs no container its life`, async () => {
      await using cluster = await spread()
      await cluster.node('node-1').partition(direction)
      await cluster.until(() => !cluster.node('node-1').ready, { within: '2m' })
      await cluster.node('node-1').restart()
      await cluster.until(() => cluster.node('node-1').ready, { within: '1m' })
      await cluster.until(() => cluster.deployment('web').readyReplicas === 2, { within: '1m' })
      assert.deepEqual(nodesOf(cluster, 'web'), ['node-1', 'node-2'])
      assert.ok(cluster.pods({ app: 'web' }).every(({ restarts }) => restarts === 0))
    })

    test(`that lasts (${direction}) moves pods, and their node lets go of them when it is back`, async () => {
      await using cluster = await spread()
      const { name } = cluster.pods({ app: 'web' }).find(({ node }) => node === 'node-1') ?? {}
      assert.ok(name)
      await cluster.node('node-1').partition(direction)
      await cluster.until(() => nodesOf(cluster, 'web').join() === 'node-2,node-2', {
        within: '10m',
      })
      // Nobody can say that its containers have ended.
      await cluster.advance('5m')
      assert.ok(cluster.pod(name).object.metadata.deletionTimestamp)
      await cluster.node('node-1').restart()
      await cluster.until(() => cluster.pods({ app: 'web' }).length === 2, { within: '2m' })
      assert.deepEqual(nodesOf(cluster, 'web'), ['node-2', 'node-2'])
    })
  }
})

test('a node short of disk says so, evicts, takes no more pods, and is well some minutes later', async () => {
  await using cluster = await spread()
  const { heal } = await cluster.fault('disk', { type: 'DiskPressure', node: 'node-1' })
  await cluster.until(() => condition(cluster, 'DiskPressure') === 'True', { within: '1m' })
  const { spec } = cluster.node('node-1').object
  assert.deepEqual(
    spec?.taints?.map(({ key, effect }) => `${key}:${effect}`),
    ['node.kubernetes.io/disk-pressure:NoSchedule'],
  )
  await cluster.until(() => nodesOf(cluster, 'web').join() === 'node-2,node-2', { within: '1m' })
  const evicted = cluster
    .pods({ app: 'web' })
    .find(({ phase, object }) => phase === 'Failed' && object.status?.containerStatuses)
  assert.equal(evicted?.object.status?.reason, 'Evicted')
  assert.match(
    evicted?.object.status?.message ?? '',
    /^The node was low on resource: ephemeral-storage\. Threshold quantity: \w+, available: \w+\. /,
  )
  await cluster.apply(web('late'))
  await cluster.until(() => cluster.deployment('late').readyReplicas === 2, { within: '1m' })
  assert.deepEqual(nodesOf(cluster, 'late'), ['node-2', 'node-2'])
  await heal()
  // eviction-pressure-transition-period
  await cluster.advance('4m')
  assert.equal(condition(cluster, 'DiskPressure'), 'True')
  await cluster.until(() => condition(cluster, 'DiskPressure') === 'False', { within: '2m' })
  await cluster.settle()
  assert.equal(cluster.node('node-1').object.spec?.taints, undefined)
})

test('a slow registry makes its own pulls slow, and no others', async () => {
  await using cluster = await simulate()
  const tookMs = async (name: string, image: string) => {
    const beforeMs = cluster.elapsedMs
    await cluster.apply(pod(name, image))
    await cluster.until(() => cluster.pod(name).ready, { within: '5m' })
    return cluster.elapsedMs - beforeMs
  }
  const quick = await tookMs('before', 'nginx')
  const { heal } = await cluster.fault('slow', { type: 'RegistrySlow', registry: 'docker.io' })
  await cluster.settle()
  assert.ok((await tookMs('other', 'quay.io/team/web:1')) < 2 * quick)
  const slow = await tookMs('slow', 'httpd')
  assert.ok(slow > 50 * quick, `${quick} ms, then ${slow} ms`)
  expect(cluster.log).eventually(/Successfully pulled image "httpd" in 5\d\.\d+s/)
  await heal()
  await cluster.settle()
  assert.ok((await tookMs('after', 'redis')) < 2 * quick)
})

test('a kubelet that hangs for long loses its pods to other nodes, and ends them when it is back', async () => {
  await using cluster = await spread()
  await cluster.node('node-1').hang()
  await cluster.until(() => nodesOf(cluster, 'web').join() === 'node-2,node-2', { within: '10m' })
  assert.equal(cluster.pods({ app: 'web' }).length, 3)
  await cluster.node('node-1').restart()
  await cluster.until(() => cluster.pods({ app: 'web' }).length === 2, { within: '2m' })
})

test('a node that hears late ends pods late', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply([pod('slow', 'nginx', 'node-1'), pod('quick', 'nginx', 'node-2')])
  await cluster.until(() => cluster.pod('slow').ready && cluster.pod('quick').ready)
  await cluster.fault('late', { type: 'SlowWatch', node: 'node-1', delay: '40s' })
  await cluster.settle()
  await cluster.delete('pod/slow')
  await cluster.delete('pod/quick')
  await cluster.advance('39s')
  assert.equal(cluster.pod('slow').phase, 'Running')
  assert.equal(cluster.pods().length, 1)
  await cluster.until(() => cluster.pods().length === 0, { within: '1m' })
})
