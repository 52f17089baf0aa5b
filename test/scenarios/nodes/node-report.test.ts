import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faults, nodes } from '#api'
import { simulate } from '#testing'

test('what a node could not report while it was cut off it reports once it is heard again', async () => {
  await using cluster = await simulate()
  await cluster.advance('1m')
  const pressure = () => {
    const [node] = cluster.list(nodes)
    return node?.status?.conditions?.find(({ type }) => type === 'MemoryPressure')?.status
  }
  await cluster.node('node-1').partition()
  await cluster.fault('short', { type: 'MemoryPressure', node: 'node-1' })
  await cluster.advance('25s')
  assert.equal(pressure(), 'False')
  await cluster.client.delete(faults, { name: 'partition-node-1' })
  await cluster.until(() => pressure() === 'True', { within: '1m' })
})
