import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#api'
import { type Simulation, simulate } from '#testing'

const leaky = `
apiVersion: v1
kind: Pod
metadata: {name: leaky, annotations: {sim.knarr.dev/memory: 16Mi, sim.knarr.dev/memory-growth: 1Mi}}
spec: {containers: [{name: main, image: nginx, resources: {limits: {memory: 64Mi}}}]}
`

const hooks = (name: string, lifecycle: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, annotations: {sim.knarr.dev/fail-exec: announce}}
spec: {containers: [{name: main, image: nginx, lifecycle: {${lifecycle}}}]}
`
const runs = (program: string) => `{exec: {command: [${program}, --loud]}}`

function statusOf(cluster: Simulation, name: string) {
  const [status] = cluster.pod(name).object.status?.containerStatuses ?? []
  assert.ok(status)
  return status
}

/** Those of one pod with these reasons, as `kubectl get events` tells them. */
function recorded(
  cluster: Simulation,
  name: string,
  reasons: readonly string[],
): readonly string[] {
  return cluster
    .list(events)
    .filter(({ involvedObject, reason = '' }) => {
      return involvedObject.name === name && reasons.includes(reason)
    })
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
    .toSorted()
}

test('a container whose memory grows is killed when it is over its limit, again after each restart', async () => {
  await using cluster = await simulate()
  await cluster.apply(leaky)
  const lives: number[] = []
  const waits: number[] = []
  for (let life = 0; life < 4; life++) {
    await cluster.until(() => cluster.pod('leaky').ready)
    const startedMs = cluster.elapsedMs
    if (life === 1) assert.equal(statusOf(cluster, 'leaky').lastState?.terminated?.exitCode, 137)
    await cluster.until(() => !cluster.pod('leaky').ready)
    lives.push(Math.round((cluster.elapsedMs - startedMs) / 1000))
    const endedMs = cluster.elapsedMs
    await cluster.until(() => cluster.pod('leaky').ready)
    waits.push(Math.floor((cluster.elapsedMs - endedMs) / 1000))
  }
  // From 16Mi to 64Mi at 1Mi a second.
  assert.deepEqual(lives, [48, 48, 48, 48])
  assert.deepEqual(waits, [0, 10, 20, 40])
  const { restartCount, lastState } = statusOf(cluster, 'leaky')
  const { reason, exitCode, startedAt = '', finishedAt = '' } = lastState?.terminated ?? {}
  assert.deepEqual([restartCount, reason, exitCode], [4, 'OOMKilled', 137])
  assert.equal(Date.parse(finishedAt) - Date.parse(startedAt), 48_000)
  const { uid } = cluster.pod('leaky').object.metadata
  assert.deepEqual(recorded(cluster, 'leaky', ['BackOff']), [
    `Warning BackOff: Back-off restarting failed container main in pod leaky_default(${uid})`,
  ])
})

test('a container whose memory grows says why it waits, and one without a limit lives on', async () => {
  await using cluster = await simulate()
  await cluster.apply(leaky)
  await cluster.apply(leaky.replace('name: leaky', 'name: free').replace(/, resources.*}}}/, '}'))
  await cluster.until(() => cluster.pod('leaky').status === 'CrashLoopBackOff', { within: '2m' })
  const { message } = statusOf(cluster, 'leaky').state?.waiting ?? {}
  const { uid } = cluster.pod('leaky').object.metadata
  assert.equal(message, `back-off 10s restarting failed container=main pod=leaky_default(${uid})`)
  assert.equal(cluster.pod('leaky').restarts, 1)
  assert.deepEqual([cluster.pod('free').ready, cluster.pod('free').restarts], [true, 0])
})

test('a postStart hook that fails costs its container its life, in the words of upstream', async () => {
  await using cluster = await simulate()
  await cluster.apply(hooks('fails', `postStart: ${runs('announce')}`))
  await cluster.apply(hooks('works', `postStart: ${runs('other')}`))
  await cluster.until(() => cluster.pod('fails').status === 'CrashLoopBackOff', { within: '1m' })
  const reasons = ['FailedPostStartHook', 'FailedPreStopHook', 'Killing', 'BackOff']
  const { uid } = cluster.pod('fails').object.metadata
  assert.deepEqual(recorded(cluster, 'fails', reasons), [
    'Normal Killing: FailedPostStartHook',
    `Warning BackOff: Back-off restarting failed container main in pod fails_default(${uid})`,
    'Warning FailedPostStartHook: PostStartHook failed',
  ])
  assert.equal(cluster.pod('fails').restarts, 1)
  assert.ok(cluster.pod('works').ready)
  assert.deepEqual(recorded(cluster, 'works', reasons), [])
})

test('a preStop hook that fails is told, and its container is stopped all the same', async () => {
  await using cluster = await simulate()
  await cluster.apply(hooks('fails', `preStop: ${runs('announce')}`))
  await cluster.apply(hooks('works', `preStop: ${runs('other')}`))
  await cluster.until(() => cluster.pods().every(({ ready }) => ready))
  for (const name of ['fails', 'works']) await cluster.delete(`pod/${name}`)
  await cluster.until(() => cluster.pods().length === 0, { within: '10s' })
  const reasons = ['FailedPostStartHook', 'FailedPreStopHook', 'Killing']
  const stopping = 'Normal Killing: Stopping container main'
  const failed = 'Warning FailedPreStopHook: PreStopHook failed'
  assert.deepEqual(recorded(cluster, 'fails', reasons), [stopping, failed])
  assert.deepEqual(recorded(cluster, 'works', reasons), [stopping])
})

test('init containers of which nothing is known end, and programs that they hand on are servers', async () => {
  await using cluster = await simulate()
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
    - {name: migrate, image: 'example.com/web:v1', command: [web, migrate, --all]}
    - {name: proxy, image: 'example.com/proxy:v1', restartPolicy: Always}
    - name: tool
      image: example.com/tool:v1
      command: [/bin/cp, -n, /usr/local/bin/tool, /shared/tool]
      volumeMounts: [{name: shared, mountPath: /shared}]
  containers:
    - name: web
      image: example.com/web:v1
      command: [/shared/tool, serve]
      volumeMounts: [{name: shared, mountPath: /shared}]
  volumes: [{name: shared, emptyDir: {}}]
`)
  await cluster.advance('10s')
  const { status } = cluster.pod('web').object
  const states = status?.initContainerStatuses?.map(({ state }) => Object.keys(state ?? {}).join())
  assert.deepEqual(states, ['terminated', 'running', 'terminated'])
  assert.equal(status?.containerStatuses?.[0]?.ready, true)
})
