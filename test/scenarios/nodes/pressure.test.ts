import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expect, simulate } from '#testing'

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: greedy, annotations: {sim.knarr.dev/memory: 1Gi}}
spec: {containers: [{name: main, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: modest}
spec: {containers: [{name: main, image: nginx, resources: {requests: {memory: 64Mi}}}]}
`

test('a node short of memory says so and evicts whoever uses most above its request', async () => {
  await using cluster = await simulate()
  await cluster.apply(manifest)
  await cluster.until(() => cluster.pod('greedy').ready && cluster.pod('modest').ready)
  const { heal } = await cluster.fault('low', { type: 'MemoryPressure', node: 'node-1' })
  await cluster.until(() => cluster.pod('greedy').phase === 'Failed', { within: '1m' })
  const { status } = cluster.pod('greedy').object
  assert.equal(status?.reason, 'Evicted')
  assert.match(
    status?.message ?? '',
    /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: 1Mi\. Container main was using 1Gi, request is 0, has larger consumption of memory\. $/,
  )
  const disruption = status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  assert.equal(disruption?.status, 'True')
  assert.equal(disruption?.reason, 'TerminationByKubelet')
  assert.equal(disruption?.message, status?.message)
  assert.equal(cluster.pod('modest').phase, 'Running')
  await heal()
  await cluster.advance('30s')
  expect(cluster.log).eventually('condition MemoryPressure False → True')
  await cluster.advance('6m')
  expect(cluster.log).eventually('condition MemoryPressure True → False')
  assert.equal(cluster.pod('modest').phase, 'Running')
})

test('while a node stays short of memory its pods go one after the other, as fast as they end', async () => {
  await using cluster = await simulate()
  await cluster.apply(
    ['a', 'b', 'c'].map((name) => manifest.replaceAll('greedy', name)).join('---'),
  )
  await cluster.until(() => cluster.pods().every(({ ready }) => ready))
  await cluster.fault('low', { type: 'MemoryPressure', node: 'node-1' })
  const left = () => cluster.pods().filter(({ phase }) => phase === 'Running').length
  await cluster.until(() => left() === 3, { within: '10s' })
  const beforeMs = cluster.elapsedMs
  await cluster.until(() => left() === 0, { within: '10s' })
  // Each is looked for a second after it was told to end.
  assert.ok(cluster.elapsedMs - beforeMs >= 3_000, `${cluster.elapsedMs - beforeMs}`)
  const lines = cluster.log.lines().join('\n')
  assert.match(lines, /Warning EvictionThresholdMet of Node\/node-1: Attempting to reclaim memory/)
})
