import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, pods, replicaSets } from '#api'
import { startCluster, type TestCluster } from './cluster-fixture.ts'

const labels = { app: 'web' }

function webWith(image: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } }
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template, ...more },
  }
}

async function isComplete(cluster: TestCluster, replicas: number): Promise<boolean> {
  const web = await cluster.get(deployments, 'default/web')
  const {
    observedGeneration,
    updatedReplicas,
    availableReplicas,
    replicas: all,
  } = web?.status ?? {}
  return (
    observedGeneration === web?.metadata.generation &&
    [updatedReplicas, availableReplicas, all].every((count) => (count ?? 0) === replicas)
  )
}

async function imagesOf(cluster: TestCluster): Promise<readonly string[]> {
  const all = await cluster.list(pods, 'default')
  return [...new Set(all.map(({ spec }) => spec?.containers[0]?.image ?? ''))]
}

test('a Deployment becomes a ReplicaSet and pods, scales, rolls out and rolls back', async () => {
  await using cluster = await startCluster({ nodes: ['a', 'b'] })
  const { client } = cluster
  await cluster.create(deployments, webWith('web:1'))
  await cluster.until('three pods are available', () => isComplete(cluster, 3))
  const [first] = await cluster.list(replicaSets, 'default')
  equal(first?.metadata.annotations?.['deployment.kubernetes.io/revision'], '1')
  equal(first?.status?.availableReplicas, 3)

  const at = { namespace: 'default', name: 'web' }
  await client.patch(deployments, at, { kind: 'merge', patch: { spec: { replicas: 5 } } })
  await cluster.until('five pods are available', () => isComplete(cluster, 5))

  const image = (name: string) => ({
    kind: 'strategic' as const,
    patch: { spec: { template: { spec: { containers: [{ name: 'web', image: name }] } } } },
  })
  await client.patch(deployments, at, image('web:2'))
  await cluster.until('the second image runs', async () => {
    const standing = (await cluster.list(pods, 'default')).length
    ok(standing <= 7, `more pods than the surge allows: ${standing}`)
    return isComplete(cluster, 5)
  })
  deepEqual(await imagesOf(cluster), ['web:2'])
  equal((await cluster.list(replicaSets, 'default')).length, 2)

  await client.patch(deployments, at, image('web:1'))
  await cluster.until('the first image runs again', () => isComplete(cluster, 5))
  deepEqual(await imagesOf(cluster), ['web:1'])
  const again = await cluster.get(replicaSets, `default/${first?.metadata.name}`)
  equal(again?.metadata.annotations?.['deployment.kubernetes.io/revision'], '3')
})

test('Recreate lets no pod of the new template start before the old ones are gone', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(deployments, webWith('web:1', { strategy: { type: 'Recreate' } }))
  await cluster.until('it runs', () => isComplete(cluster, 3))
  const { metadata } = (await cluster.get(deployments, 'default/web')) ?? {}
  ok(metadata)
  const patch = { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } }
  await cluster.client.patch(deployments, metadata, { kind: 'strategic', patch })
  await cluster.until('the second image runs', async () => {
    ok((await imagesOf(cluster)).length <= 1, 'both images stand at once')
    return isComplete(cluster, 3)
  })
  deepEqual(await imagesOf(cluster), ['web:2'])
})

for (const propagationPolicy of ['Background', 'Foreground'] as const) {
  test(`${propagationPolicy} deletion of a Deployment takes ReplicaSets and pods along`, async () => {
    await using cluster = await startCluster({ nodes: ['a'] })
    await cluster.create(deployments, webWith('web:1'))
    await cluster.until('it runs', () => isComplete(cluster, 3))
    const at = { namespace: 'default', name: 'web' }
    await cluster.client.delete(deployments, at, { propagationPolicy })
    const stands = async () => (await cluster.get(deployments, 'default/web')) !== undefined
    equal(await stands(), propagationPolicy === 'Foreground')
    await cluster.until('nothing is left', async () => {
      const left = [
        ...(await cluster.list(replicaSets, 'default')),
        ...(await cluster.list(pods, 'default')),
      ]
      if (propagationPolicy === 'Foreground' && left.length > 0) ok(await stands())
      return left.length === 0 && !(await stands())
    })
  })
}

test('orphaning deletion leaves ReplicaSet and pods without an owner', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  await cluster.create(deployments, webWith('web:1'))
  await cluster.until('it runs', () => isComplete(cluster, 3))
  const at = { namespace: 'default', name: 'web' }
  await cluster.client.delete(deployments, at, { propagationPolicy: 'Orphan' })
  await cluster.until('the Deployment is gone', async () => {
    return (await cluster.get(deployments, 'default/web')) === undefined
  })
  await cluster.clock.advance(60_000)
  const [left] = await cluster.list(replicaSets, 'default')
  deepEqual(left?.metadata.ownerReferences ?? [], [])
  equal((await cluster.list(pods, 'default')).length, 3)
})
