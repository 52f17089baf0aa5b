import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controllerRevisions, daemonSets, pods } from '#api'
import { sortedKeys } from '#machinery'
import { simulate } from '#testing'

const agent = (tag: string) => `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: c, image: "shop/agent:${tag}" }]
`

test('a rolling update stops at a dead node: its pod is deleted first, and uses up what may be unavailable', async () => {
  await using cluster = await simulate({ nodes: 3 })
  await cluster.apply(agent('1'))
  const status = () => cluster.list(daemonSets, 'default')[0]?.status
  await cluster.until(() => status()?.numberAvailable === 3)
  await cluster.node('node-3').crash()
  await cluster.advance('10m')
  await cluster.apply(agent('2'))
  await cluster.advance('10m')
  const standing = cluster.list(pods, 'default').map(({ metadata, spec }) => ({
    node: spec?.nodeName,
    image: spec?.containers[0]?.image,
    isLeaving: metadata.deletionTimestamp !== undefined,
  }))
  assert.deepEqual(
    standing.toSorted((a, b) => ((a.node ?? '') < (b.node ?? '') ? -1 : 1)),
    [
      { node: 'node-1', image: 'shop/agent:1', isLeaving: false },
      { node: 'node-2', image: 'shop/agent:1', isLeaving: false },
      { node: 'node-3', image: 'shop/agent:1', isLeaving: true },
    ],
  )
  assert.equal(status()?.updatedNumberScheduled ?? 0, 0)
  await cluster.node('node-3').restart()
  await cluster.until(
    () => status()?.updatedNumberScheduled === 3 && status()?.numberAvailable === 3,
  )
})

test('a pod of a DaemonSet that was said to have failed is replaced', async () => {
  await using cluster = await simulate({ nodes: 1 })
  await cluster.apply(agent('1'))
  const running = () =>
    cluster.list(pods, 'default').find(({ status }) => status?.phase === 'Running')
  await cluster.until(() => running() !== undefined)
  const pod = cluster.list(pods, 'default')[0]
  assert.ok(pod)
  const failed = { ...pod, status: { ...pod.status, phase: 'Failed' } } as const
  await cluster.client.update(pods, failed, { subresource: 'status' })
  await cluster.until(() => (running()?.metadata.uid ?? pod.metadata.uid) !== pod.metadata.uid)
})

test('a revision keeps the template with its keys in the order in which Go writes them', async () => {
  await using cluster = await simulate({ nodes: 1 })
  await cluster.apply(agent('1'))
  await cluster.until(() => cluster.list(controllerRevisions, 'default').length > 0)
  const [revision] = cluster.list(controllerRevisions, 'default')
  const { template } = cluster.list(daemonSets, 'default')[0]?.spec ?? {}
  const data = { spec: { template: { $patch: 'replace', ...template } } }
  assert.equal(JSON.stringify(revision?.data), JSON.stringify(sortedKeys(data)))
})
