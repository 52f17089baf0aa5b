import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '#api'
import { simulate } from '#testing'

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: c, image: web, ports: [{ containerPort: 8080 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: first }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`

const second = `
apiVersion: v1
kind: Service
metadata: { name: second }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`

test('a balanced Service answers at the addresses of the nodes, and its port goes on to the next', async () => {
  await using cluster = await simulate({ nodes: 2 })
  await cluster.apply(manifest)
  await cluster.until(() => cluster.deployment('web').available)
  const addressesOf = (name: string) =>
    (
      cluster.list(services, 'default').find(({ metadata }) => metadata.name === name)?.status
        ?.loadBalancer?.ingress ?? []
    ).map(({ ip }) => ip ?? '')
  await cluster.until(() => addressesOf('first').length === 2)
  await cluster.advance('2s')
  for (const to of addressesOf('first')) {
    using load = cluster.load({ to, perSecond: 10, fromNode: 'node-2' })
    await cluster.advance('1s')
    assert.ok(load.counts.ended.answered >= 9, `${to} ${JSON.stringify(load.counts)}`)
  }

  await cluster.apply(second)
  await cluster.advance('5s')
  assert.deepEqual(addressesOf('second'), [])
  const [event] = cluster.events('service/second')
  assert.deepEqual(
    [event?.reason, event?.message],
    [
      'SyncLoadBalancerFailed',
      'Error syncing load balancer: failed to ensure load balancer: port 80/TCP of the nodes belongs to Service default/first',
    ],
  )
  const held = addressesOf('first')
  await cluster.client.delete(services, { namespace: 'default', name: 'first' })
  await cluster.until(() => addressesOf('second').length === 2)
  assert.deepEqual(addressesOf('second'), held)

  await cluster.node('node-1').crash()
  await cluster.until(() => addressesOf('second').length === 1, { within: '5m' })
})
