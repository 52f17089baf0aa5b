import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '#testing'

/** An application that drains: it serves on for as long as rules may still lead to it. */
const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 30
      containers:
      - name: web
        image: shop/web:1
        ports: [{ containerPort: 8080 }]
        readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 }
        lifecycle: { preStop: { sleep: { seconds: 5 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`

const updates = 100

test(`of ${updates} rolling updates not one request by name is lost`, async () => {
  await using cluster = await simulate({ nodes: 3 })
  await cluster.apply(`apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }`)
  await cluster.apply(web)
  const isRolledOut = () => {
    const { object } = cluster.deployment('web', 'shop')
    const { observedGeneration, updatedReplicas, availableReplicas, replicas } = object.status ?? {}
    return (
      observedGeneration === object.metadata.generation &&
      [updatedReplicas, availableReplicas, replicas].every((count) => count === 3)
    )
  }
  await cluster.until(isRolledOut, { within: '5m' })
  await cluster.advance('2s')
  const load = cluster.load({ to: 'http://web.shop', perSecond: 20, fromNode: 'node-2' })
  for (let update = 1; update <= updates; update++) {
    await cluster.setImage('deployment/web', `shop/web:${update + 1}`, { namespace: 'shop' })
    await cluster.until(isRolledOut, { within: '5m' })
  }
  await cluster.advance('10s')
  load.stop()
  await cluster.advance('10s')
  const { ended, succeeded } = load.counts
  const { answered, ...lost } = ended
  assert.deepEqual(lost, { refused: 0, reset: 0, timeout: 0, noRoute: 0, unknownHost: 0 })
  assert.equal(succeeded, answered)
  assert.ok(answered > 40 * updates, `${answered} requests`)
  const revision = cluster.deployment('web', 'shop').object.metadata.annotations
  assert.equal(revision?.['deployment.kubernetes.io/revision'], String(updates + 1))
})

test('without draining the same updates lose some: what is counted can be lost', async () => {
  await using cluster = await simulate({ nodes: 3 })
  await cluster.apply(`apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }`)
  await cluster.apply(web.replace(/\n *lifecycle: .*/, ''))
  await cluster.until(() => cluster.deployment('web', 'shop').available, { within: '5m' })
  await cluster.advance('5s')
  const load = cluster.load({ to: 'http://web.shop', perSecond: 500, fromNode: 'node-2' })
  for (let update = 1; update <= 5; update++) {
    await cluster.setImage('deployment/web', `shop/web:${update + 1}`, { namespace: 'shop' })
    await cluster.advance('20s')
  }
  load.stop()
  await cluster.advance('10s')
  const { answered, ...lost } = load.counts.ended
  assert.ok(answered > 0 && Object.values(lost).some((count) => count > 0), JSON.stringify(lost))
})
