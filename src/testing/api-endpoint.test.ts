import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, endpoints, events } from '#api'
import { simulate } from './index.ts'

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: connects}
spec:
  containers:
    - {name: main, image: nginx, readinessProbe: {tcpSocket: {host: 10.96.0.1, port: 443}, periodSeconds: 1}}
---
apiVersion: v1
kind: Pod
metadata: {name: asks}
spec:
  containers:
    - {name: main, image: nginx, readinessProbe: {httpGet: {host: 10.96.0.1, port: 443}, periodSeconds: 1}}
`

test('the API server is an endpoint of its Service, as on a real cluster, and can be reached there', async () => {
  await using cluster = await simulate()
  const [slice] = cluster.list(endpointSlices, 'default')
  assert.deepEqual(slice?.metadata.labels, { 'kubernetes.io/service-name': 'kubernetes' })
  assert.deepEqual(slice?.endpoints, [{ addresses: ['172.16.0.1'], conditions: { ready: true } }])
  assert.deepEqual(slice?.ports, [{ name: 'https', port: 6443, protocol: 'TCP' }])
  const [held] = cluster.list(endpoints, 'default')
  assert.deepEqual(held?.subsets?.[0]?.addresses, [{ ip: '172.16.0.1' }])
  await cluster.apply(manifest)
  await cluster.until(() => cluster.pod('connects').ready, { within: '1m' })
  await cluster.advance('5s')
  assert.equal(cluster.pod('asks').ready, false)
  const said = cluster.list(events).find(({ reason }) => reason === 'Unhealthy')
  assert.equal(said?.involvedObject.name, 'asks')
  assert.equal(said?.message, 'Readiness probe failed: HTTP probe failed with statuscode: 400')
})
