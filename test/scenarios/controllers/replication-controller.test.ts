import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { pods, replicationControllers } from '#api'
import { controllerOf } from '#machinery'
import { startCluster } from './cluster-fixture.ts'

const labels = { app: 'web' }
const at = { namespace: 'default', name: 'web' }
const web = {
  metadata: at,
  spec: {
    replicas: 2,
    selector: labels,
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}

test('a ReplicationController makes pods, scales, lets go of what no longer matches, and adopts', async () => {
  await using cluster = await startCluster({ nodes: ['a'] })
  const { client } = cluster
  const owned = async () =>
    (await cluster.list(pods, 'default')).filter(
      ({ metadata }) => !metadata.deletionTimestamp && controllerOf({ metadata })?.name === 'web',
    )
  await cluster.create(replicationControllers, web)
  const counts = (replicas: number) => async () => {
    const status = (await cluster.get(replicationControllers, 'default/web'))?.status
    return status?.replicas === replicas && (status.availableReplicas ?? 0) === replicas
  }
  await cluster.until('two pods are available', counts(2))
  const stored = await cluster.get(replicationControllers, 'default/web')
  deepEqual(stored?.status, {
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  })
  equal(controllerOf((await owned())[0] ?? web)?.kind, 'ReplicationController')

  await client.patch(replicationControllers, at, {
    kind: 'merge',
    patch: { spec: { replicas: 1 } },
  })
  await cluster.until('one pod is left', counts(1))

  const [pod] = await owned()
  const other = { metadata: { labels: { app: 'other' } } }
  await client.patch(pods, pod?.metadata ?? at, { kind: 'merge', patch: other })
  await cluster.until('another pod takes its place', async () => {
    const now = await owned()
    return now.length === 1 && now[0]?.metadata.name !== pod?.metadata.name
  })
  const released = await cluster.get(pods, `default/${pod?.metadata.name}`)
  equal(controllerOf(released ?? web), undefined)

  await client.patch(replicationControllers, at, {
    kind: 'merge',
    patch: { spec: { replicas: 2 } },
  })
  await cluster.until('there are two again', counts(2))
  await client.patch(pods, pod?.metadata ?? at, { kind: 'merge', patch: { metadata: { labels } } })
  await cluster.until('the lost pod is adopted, and one goes', async () => {
    const all = await cluster.list(pods, 'default')
    return all.length === 2 && all.every((each) => controllerOf(each)?.name === 'web')
  })
})
