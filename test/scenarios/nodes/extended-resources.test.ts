import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes } from '#api'
import { simulate } from '#testing'

const pod = (name: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  containers:
    - {name: main, image: nginx, resources: {limits: {example.com/dongle: 1}}}
`

test('what somebody else puts on a node stays there, and pods are placed by it', async () => {
  await using cluster = await simulate()
  await cluster.apply(pod('first'))
  await cluster.advance('10s')
  assert.equal(cluster.pod('first').phase, 'Pending')

  const patch = { status: { capacity: { 'example.com/dongle': '1' } } }
  const at = { name: 'node-1' }
  await cluster.client.patch(nodes, at, { kind: 'merge', patch }, { subresource: 'status' })
  // The kubelet counts it among what pods may have with its next report.
  await cluster.advance('10m')
  const { capacity = {}, allocatable = {} } = cluster.node('node-1').object.status ?? {}
  assert.equal(capacity['example.com/dongle'], '1')
  assert.equal(allocatable['example.com/dongle'], '1')
  assert.ok(cluster.pod('first').ready)

  await cluster.apply(pod('second'))
  await cluster.advance('1m')
  assert.equal(cluster.pod('second').phase, 'Pending')
})
