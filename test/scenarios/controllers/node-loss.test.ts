import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { daemonSets, deployments, nodes, pods } from '#api'
import { startCluster } from './cluster-fixture.ts'

const labels = { app: 'web' }
const template = (image: string) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image }] },
})

test('a lost node is told apart after its grace, and its pods leave five minutes later', async () => {
  await using cluster = await startCluster({ nodes: ['a', 'b', 'c', 'd'] })
  const metadata = { name: 'web', namespace: 'default' }
  await cluster.create(deployments, {
    metadata,
    spec: { replicas: 4, selector: { matchLabels: labels }, template: template('web:1') },
  })
  const available = async () =>
    (await cluster.get(deployments, 'default/web'))?.status?.availableReplicas
  await cluster.until('it runs', async () => (await available()) === 4)
  await cluster.clock.advance(60_000)
  cluster.deadNodes.add('a')
  const lostMs = cluster.clock.monotonicMs()
  const elapsed = () => cluster.clock.monotonicMs() - lostMs

  await cluster.until('the node is tainted', async () => {
    const taints = (await cluster.get(nodes, 'a'))?.spec?.taints ?? []
    return taints.some(({ effect }) => effect === 'NoExecute')
  })
  const taintedMs = elapsed()
  ok(taintedMs >= 40_000 && taintedMs <= 65_000, `tainted after ${taintedMs} ms`)
  equal(await available(), 3)

  const onLost = async () =>
    (await cluster.list(pods, 'default')).filter(({ spec }) => spec?.nodeName === 'a')
  await cluster.until(
    'its pod is deleted',
    async () => (await onLost()).every(({ metadata: { deletionTimestamp } }) => deletionTimestamp),
    400_000,
  )
  const afterTaintMs = elapsed() - taintedMs
  ok(afterTaintMs >= 299_000 && afterTaintMs <= 306_000, `evicted after ${afterTaintMs} ms`)
  await cluster.until('a pod elsewhere takes its place', async () => (await available()) === 4)
})

test('a DaemonSet runs once on each node and replaces its pods one by one', async () => {
  await using cluster = await startCluster({ nodes: ['a', 'b', 'c'] })
  const metadata = { name: 'agent', namespace: 'default' }
  await cluster.create(daemonSets, {
    metadata,
    spec: { selector: { matchLabels: labels }, template: template('agent:1') },
  })
  const updated = async () => {
    const { status, metadata: meta } = (await cluster.get(daemonSets, 'default/agent')) ?? {}
    if (status?.observedGeneration !== meta?.generation) return 0
    return Math.min(status?.updatedNumberScheduled ?? 0, status?.numberAvailable ?? 0)
  }
  await cluster.until('all nodes have it', async () => (await updated()) === 3)
  const before = await cluster.list(pods, 'default')
  equal(before.length, 3)
  const patch = {
    spec: { template: { spec: { containers: [{ name: 'web', image: 'agent:2' }] } } },
  }
  await cluster.client.patch(daemonSets, metadata, { kind: 'strategic', patch })
  await cluster.until('all have the new image', async () => (await updated()) === 3)
  const images = (await cluster.list(pods, 'default')).map(({ spec }) => spec?.containers[0]?.image)
  deepEqual(images, ['agent:2', 'agent:2', 'agent:2'])
})
