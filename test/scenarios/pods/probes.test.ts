import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#api'
import { simulate } from '#testing'

test('readiness is asked at once when the startup probe has succeeded, and its delay counts from the start', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: slow}
spec:
  containers:
    - name: app
      image: busybox
      command: [sh, -c, 'sleep 20; touch /tmp/up; sleep 3600']
      startupProbe: {exec: {command: [test, -f, /tmp/up]}, periodSeconds: 2, failureThreshold: 30}
      readinessProbe: {exec: {command: ['true']}, initialDelaySeconds: 15, periodSeconds: 60}
      livenessProbe: {exec: {command: ['true']}, initialDelaySeconds: 15, periodSeconds: 60}
`)
  await cluster.until(() => cluster.pod('slow').phase === 'Running')
  const startedMs = cluster.elapsedMs
  await cluster.until(() => cluster.pod('slow').ready, { within: '5m' })
  const seconds = (cluster.elapsedMs - startedMs) / 1000
  assert.ok(seconds >= 19 && seconds <= 23, `${seconds}`)
  assert.equal(cluster.pod('slow').restarts, 0)
})

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
