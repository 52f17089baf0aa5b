import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#api'
import { simulate } from '#testing'

test('a container is not probed while its pod has no address to show', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web, annotations: {sim.knarr.dev/image-size.slow: 1Gi}}
spec:
  containers:
    - name: main
      image: shop/web
      ports: [{containerPort: 80}]
      readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}
      livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 1, failureThreshold: 1}
    - {name: slow, image: shop/slow}
`)
  await cluster.until(() => cluster.pod('web').ready)
  await cluster.advance('5s')
  const unhealthy = cluster.list(events).filter(({ reason }) => reason === 'Unhealthy')
  assert.deepEqual(
    unhealthy.map(({ message }) => message),
    [],
  )
  assert.equal(cluster.pod('web').restarts, 0)
})
