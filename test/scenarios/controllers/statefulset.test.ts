import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { persistentVolumeClaims, pods, statefulSets } from '#api'
import { startCluster, type TestCluster } from './cluster-fixture.ts'

const labels = { app: 'db' }
const metadata = { name: 'db', namespace: 'default' }

function dbWith(more: Readonly<Record<string, unknown>> = {}): unknown {
  const template = { metadata: { labels }, spec: { containers: [{ name: 'db', image: 'db:1' }] } }
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }
  const selector = { matchLabels: labels }
  const volumeClaimTemplates = [claim]
  return {
    metadata,
    spec: { replicas: 3, serviceName: 'db', selector, template, volumeClaimTemplates, ...more },
  }
}

async function names(cluster: TestCluster): Promise<readonly string[]> {
  return (await cluster.list(pods, 'default')).map((pod) => pod.metadata.name)
}

async function isSettled(cluster: TestCluster, replicas: number): Promise<boolean> {
  const { status, metadata: meta } = (await cluster.get(statefulSets, 'default/db')) ?? {}
  return (
    status?.observedGeneration === meta?.generation &&
    status?.replicas === replicas &&
    status.availableReplicas === replicas &&
    status.updatedReplicas === replicas &&
    status.currentRevision === status.updateRevision
  )
}

test('a StatefulSet has named pods with claims, grows and shrinks at its end, updates downwards', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  const { client } = cluster
  await cluster.create(statefulSets, dbWith())
  await cluster.until('three pods are available', () => isSettled(cluster, 3))
  deepEqual(await names(cluster), ['db-0', 'db-1', 'db-2'])
  const claims = await cluster.list(persistentVolumeClaims, 'default')
  deepEqual(
    claims.map((claim) => claim.metadata.name),
    ['data-db-0', 'data-db-1', 'data-db-2'],
  )
  await client.patch(statefulSets, metadata, { kind: 'merge', patch: { spec: { replicas: 2 } } })
  await cluster.until('the last pod is gone', () => isSettled(cluster, 2))
  deepEqual(await names(cluster), ['db-0', 'db-1'])
  equal((await cluster.list(persistentVolumeClaims, 'default')).length, 3)

  const image = { spec: { template: { spec: { containers: [{ name: 'db', image: 'db:2' }] } } } }
  await client.patch(statefulSets, metadata, { kind: 'strategic', patch: image })
  await cluster.until('both are updated', () => isSettled(cluster, 2))
  const images = (await cluster.list(pods, 'default')).map(({ spec }) => spec?.containers[0]?.image)
  deepEqual(images, ['db:2', 'db:2'])
})

for (const [policy, expected] of [
  ['OrderedReady', ['db-0']],
  ['Parallel', ['db-0', 'db-1', 'db-2']],
] as const) {
  test(`with ${policy} and pods that are never ready, ${expected.join()} stand`, async () => {
    await using cluster = await startCluster({ nodes: ['a'], podsStayUnready: true })
    await cluster.create(statefulSets, dbWith({ podManagementPolicy: policy }))
    await cluster.clock.advance(60_000)
    deepEqual(await names(cluster), expected)
  })
}
