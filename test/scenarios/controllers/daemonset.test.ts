import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daemonSets, pods } from '#api'
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
