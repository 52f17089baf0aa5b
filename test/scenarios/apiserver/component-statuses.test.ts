import assert from 'node:assert/strict'
import { test } from 'node:test'
import { componentStatuses } from '#api'
import { simulate } from '#testing'

test('the control plane of a cluster is well', async () => {
  await using cluster = await simulate({ nodes: 1 })
  const { items } = await cluster.client.list(componentStatuses)
  assert.deepEqual(
    items.map(({ metadata, conditions }) => [metadata.name, conditions?.[0]?.status]),
    [
      ['controller-manager', 'True'],
      ['scheduler', 'True'],
      ['etcd-0', 'True'],
    ],
  )
})
