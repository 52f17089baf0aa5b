import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#api'
import { type Simulation, simulate } from '#testing'

const spec = (restartPolicy: string) =>
  JSON.stringify({
    ...{ activeDeadlineSeconds: 10, terminationGracePeriodSeconds: 20, restartPolicy },
    containers: [{ name: 'c', image: 'busybox', command: ['sleep', '3600'] }],
  })

const lone = `
apiVersion: v1
kind: Pod
metadata: {name: lone}
spec: ${spec('Always')}
`

const replaced = `
apiVersion: batch/v1
kind: Job
metadata: {name: replaced}
spec: {backoffLimit: 1, template: {spec: ${spec('Never')}}}
`

/** How many seconds the start of a pod is ago. */
const secondsSince = (cluster: Simulation, startMs: number) => (cluster.elapsedMs - startMs) / 1000

test('a pod whose deadline passes is shown as running until its container is gone', async () => {
  await using cluster = await simulate()
  await cluster.apply(lone)
  const startMs = cluster.elapsedMs
  const reasons = () => cluster.list(events).map(({ reason }) => reason)
  await cluster.until(() => reasons().includes('DeadlineExceeded'), { within: '12s' })
  // The start of a pod is told in whole seconds.
  assert.ok(secondsSince(cluster, startMs) >= 9)
  const recorded = cluster.list(events).find(({ reason }) => reason === 'DeadlineExceeded')
  const message = 'Pod was active on the node longer than the specified deadline'
  assert.deepEqual([recorded?.type, recorded?.message], ['Normal', message])
  await cluster.advance('15s')
  assert.ok(reasons().includes('Killing'))
  const running = cluster.pod('lone').object.status
  assert.deepEqual([running?.phase, running?.reason], ['Running', undefined])
  assert.ok(running?.containerStatuses?.[0]?.state?.running)
  // Nobody sends it requests any more.
  const ready = running?.conditions?.find(({ type }) => type === 'Ready')
  assert.deepEqual([ready?.status, ready?.reason], ['False', 'PodFailed'])
  await cluster.until(() => cluster.pod('lone').phase === 'Failed', { within: '30s' })
  assert.ok(secondsSince(cluster, startMs) >= 29)
  const failed = cluster.pod('lone').object.status
  assert.deepEqual([failed?.reason, failed?.message], ['DeadlineExceeded', message])
  assert.equal(failed?.containerStatuses?.[0]?.state?.terminated?.exitCode, 137)
})

test('a Job makes no second pod before the first is gone', async () => {
  await using cluster = await simulate()
  await cluster.apply(replaced)
  const startMs = cluster.elapsedMs
  await cluster.until(() => cluster.pods().length === 2, { within: '2m' })
  assert.ok(secondsSince(cluster, startMs) >= 29, `${secondsSince(cluster, startMs)}`)
  const running = cluster
    .pods()
    .filter(({ object }) => object.status?.containerStatuses?.some(({ state }) => state?.running))
  assert.deepEqual(running, [])
})

test('an evicted pod is shown as running until its containers are gone, and by then says why', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: greedy, annotations: {sim.knarr.dev/memory: 1Gi}}
spec: {containers: [{name: main, image: busybox, command: [sleep, '3600']}]}
`)
  await cluster.until(() => cluster.pod('greedy').ready)
  await cluster.fault('low', { type: 'MemoryPressure', node: 'node-1' })
  const isKilled = () => cluster.list(events).some(({ reason }) => reason === 'Killing')
  await cluster.until(isKilled, { within: '1m' })
  await cluster.advance('500ms')
  const killed = cluster.pod('greedy').object.status
  assert.deepEqual([killed?.phase, killed?.reason], ['Running', undefined])
  const disruption = () =>
    cluster.pod('greedy').object.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  assert.equal(disruption(), undefined)
  await cluster.until(() => cluster.pod('greedy').phase === 'Failed', { within: '10s' })
  assert.equal(cluster.pod('greedy').object.status?.reason, 'Evicted')
  assert.equal(disruption()?.reason, 'TerminationByKubelet')
  const evictions = cluster.list(events).filter(({ reason }) => reason === 'Evicted')
  assert.deepEqual(evictions.length, 1)
})

test('a hook that outlasts the grace is told to have failed when its container is killed', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 30
  containers:
    - name: app
      image: busybox
      command: [sh, -c, "trap 'echo term; while true; do sleep 1; done' TERM; while true; do sleep 1; done"]
      lifecycle: {preStop: {exec: {command: [sh, -c, 'sleep 300']}}}
`)
  await cluster.until(() => cluster.pod('web').ready)
  const startMs = cluster.elapsedMs
  await cluster.delete('pod/web')
  const seconds = secondsSince(cluster, startMs)
  await cluster.until(() => cluster.pods().length === 0, { within: '1m' })
  assert.ok(secondsSince(cluster, startMs) >= 32, `${seconds}`)
  const failed = cluster.list(events).find(({ reason }) => reason === 'FailedPreStopHook')
  assert.deepEqual([failed?.type, failed?.message], ['Warning', 'PreStopHook failed'])
})
