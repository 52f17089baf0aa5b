import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases, nodes } from '#api'
import { simulate } from '#testing'

test('the lease of a node belongs to it, and goes with it', async () => {
  await using cluster = await simulate({ nodes: 2, seed: 7 })
  const leasesNow = () => cluster.list(leases, 'kube-node-lease').map(({ metadata }) => metadata)
  const node = await cluster.client.get(nodes, { name: 'node-1' })
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: node.metadata.uid }
  assert.deepEqual(leasesNow()[0]?.ownerReferences, [owner])
  await cluster.delete('node/node-1')
  await cluster.advance('1m')
  assert.deepEqual(
    leasesNow().map(({ name }) => name),
    ['node-2'],
  )
})
