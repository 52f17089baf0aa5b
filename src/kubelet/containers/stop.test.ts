import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, PodSpec } from '#api'
import type { ObjectMeta } from '#machinery'
import { RuntimeError } from '#runtime'
import { instanceOf, observedOf, podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import { type StopRequest, stopAll, stopContainer } from './stop.ts'

const signal = new AbortController().signal
const preStop = { preStop: { exec: { command: ['drain'] } } }

interface Given {
  readonly spec?: Partial<PodSpec>
  readonly metadata?: Partial<ObjectMeta>
  /** How long a hook takes, and how it ends. */
  readonly hookMs?: number
  readonly exitCode?: number
  /** How long a container takes to stop after its signal, by name. */
  readonly stopMs?: Readonly<Record<string, number>>
}

/** Stops are noted with their time and grace: `3s stop web 27s`. */
function stopping({ hookMs = 0, exitCode = 0, stopMs = {}, ...parts }: Given) {
  const log: string[] = []
  const note = (what: string) => log.push(`${clock.monotonicMs() / 1000}s ${what}`)
  const { world, clock, events } = testWorld({
    runtime: {
      execSync: async (id, _argv, _limit, aborted) => {
        note(`hook ${id}`)
        await clock.sleep(hookMs, aborted)
        return { exitCode, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
      },
      stopContainer: async (id, graceMs) => {
        note(`stop ${id} ${graceMs / 1000}s`)
        await clock.sleep(stopMs[id] ?? 0)
      },
      stopSandbox: async (id) => void note(`stop sandbox ${id}`),
    },
  })
  return { world, clock, events, log, pod: podOf(parts) }
}

async function stopOne(given: Given, request: Partial<StopRequest> = {}) {
  const { world, clock, events, log, pod } = stopping(given)
  const container = instanceOf('web', 'running')
  const stopped = stopContainer({ pod, container, message: 'why', ...request }, world, signal)
  await clock.advance(100_000)
  await stopped
  return { events, log }
}

const withHook: Container = { ...web, lifecycle: preStop }

test('a container is told why it is killed, and stopped with all of its grace', async () => {
  const { events, log } = await stopOne({})
  assert.deepEqual(events, ['Normal Killing spec.containers{web}: why'])
  assert.deepEqual(log, ['0s stop web 30s'])
})

test('the grace is the override, the deletion, the probe, the pod, or the default', async () => {
  const probed = {
    ...web,
    livenessProbe: { terminationGracePeriodSeconds: 5 },
    startupProbe: { terminationGracePeriodSeconds: 6 },
  }
  const spec = { containers: [probed], terminationGracePeriodSeconds: 40 }
  const metadata = { deletionGracePeriodSeconds: 20 }
  for (const [given, request, expected] of [
    [{ spec, metadata }, { graceSeconds: 10 }, 10],
    [{ spec, metadata }, { probe: 'liveness' }, 20],
    [{ spec }, { probe: 'liveness' }, 5],
    [{ spec }, { probe: 'startup' }, 6],
    [{ spec }, {}, 40],
    [{ spec: { terminationGracePeriodSeconds: 40 } }, { probe: 'liveness' }, 40],
    [{}, {}, 30],
  ] as const) {
    const { log } = await stopOne(given, request)
    assert.deepEqual(log, [`0s stop web ${expected}s`])
  }
})

test('no container gets less than two seconds', async () => {
  assert.deepEqual((await stopOne({}, { graceSeconds: 0 })).log, ['0s stop web 2s'])
  assert.deepEqual((await stopOne({}, { graceSeconds: 1 })).log, ['0s stop web 2s'])
})

test('whole seconds of the preStop hook are taken off the grace', async () => {
  const { log } = await stopOne({ spec: { containers: [withHook] }, hookMs: 3900 })
  assert.deepEqual(log, ['0s hook web', '3.9s stop web 27s'])
})

const failedHook = 'Warning FailedPreStopHook spec.containers{web}: PreStopHook failed'

test('a preStop hook is waited for as long as there is grace, and its failure after that is told', async () => {
  const spec = { containers: [withHook], terminationGracePeriodSeconds: 5 }
  const late = { spec, hookMs: 7_000 }
  const { log, events } = await stopOne({ ...late, exitCode: 137 })
  assert.deepEqual(log, ['0s hook web', '5s stop web 2s'])
  assert.deepEqual(events.slice(1), [failedHook])
  assert.equal((await stopOne(late)).events.length, 1)
})

test('a preStop hook that only sleeps ends with the grace, without a word', async () => {
  const lifecycle = { preStop: { sleep: { seconds: 60 } } }
  const spec = { containers: [{ ...web, lifecycle }], terminationGracePeriodSeconds: 5 }
  const { log, events } = await stopOne({ spec })
  assert.deepEqual(log, ['5s stop web 2s'])
  assert.equal(events.length, 1)
})

test('a hook that runs while its stop is given up says nothing any more', async () => {
  const { world, clock, events, pod } = stopping({
    spec: { containers: [withHook] },
    hookMs: 7_000,
  })
  const stop = new AbortController()
  const container = instanceOf('web', 'running')
  const stopped = stopContainer({ pod, container, message: 'why' }, world, stop.signal)
  stopped.catch(() => undefined)
  await clock.advance(1000)
  stop.abort(new Error('shorter grace'))
  await assert.rejects(stopped, /shorter grace/)
  assert.equal(events.length, 1)
})

test('a preStop hook that fails is told, and the container is stopped all the same', async () => {
  const { log, events } = await stopOne({ spec: { containers: [withHook] }, exitCode: 1 })
  assert.deepEqual(log, ['0s hook web', '0s stop web 30s'])
  assert.deepEqual(events.slice(1), [failedHook])
})

test('without any grace there is no preStop hook', async () => {
  const { log } = await stopOne({ spec: { containers: [withHook] } }, { graceSeconds: 0 })
  assert.deepEqual(log, ['0s stop web 2s'])
})

async function stopPod(given: Given, names: readonly string[], graceSeconds?: number) {
  const { world, clock, events, log, pod } = stopping(given)
  const observed = observedOf(...names.map((name) => instanceOf(name, 'running')))
  const grace = graceSeconds === undefined ? {} : { graceSeconds }
  const stopped = stopAll({ pod, observed, ...grace }, world, signal)
  await clock.advance(100_000)
  await stopped
  return { events, log: log.toSorted(byTime) }
}

/** What happens at one instant has no order. */
function byTime(a: string, b: string): number {
  return Number.parseFloat(a) - Number.parseFloat(b) || (a < b ? -1 : 1)
}

const side = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'envoy',
  restartPolicy: 'Always',
  ...more,
})

test('all containers of a pod are stopped at once, and the sandbox after them', async () => {
  const spec = { containers: [web, { name: 'db', image: 'db' }] }
  const { log, events } = await stopPod({ spec, stopMs: { db: 4000 } }, ['web', 'db'])
  assert.deepEqual(log, ['0s stop db 30s', '0s stop web 30s', '4s stop sandbox s0'])
  assert.deepEqual(events.toSorted(), [
    'Normal Killing spec.containers{db}: Stopping container db',
    'Normal Killing spec.containers{web}: Stopping container web',
  ])
})

test('sidecars are stopped after the others, the last one first, with the grace that is left', async () => {
  const spec = { initContainers: [side('first'), side('second')] }
  const stopMs = { web: 3000, second: 2000 }
  const { log } = await stopPod({ spec, stopMs }, ['first', 'second', 'web'])
  assert.deepEqual(log, [
    '0s stop web 30s',
    '3s stop second 27s',
    '5s stop first 25s',
    '5s stop sandbox s0',
  ])
})

test('hooks of sidecars run at once, with the others', async () => {
  const spec = { initContainers: [side('proxy', { lifecycle: preStop })] }
  const { log } = await stopPod({ spec, hookMs: 1000, stopMs: { web: 3000 } }, ['proxy', 'web'])
  assert.deepEqual(log.slice(0, 3), ['0s hook proxy', '0s stop web 30s', '3s stop proxy 27s'])
})

test('a sidecar waits no longer than its grace', async () => {
  const spec = { initContainers: [side('proxy')], terminationGracePeriodSeconds: 5 }
  const { log } = await stopPod({ spec, stopMs: { web: 9000 } }, ['proxy', 'web'])
  assert.deepEqual(log, ['0s stop web 5s', '5s stop proxy 2s', '9s stop sandbox s0'])
})

test('without any grace nobody waits for a turn', async () => {
  const spec = { initContainers: [side('proxy')] }
  const { log } = await stopPod({ spec, stopMs: { web: 1000 } }, ['proxy', 'web'], 0)
  assert.deepEqual(log.slice(0, 2), ['0s stop proxy 2s', '0s stop web 2s'])
})

test('what has ended is not stopped again', async () => {
  const { world, log, pod } = stopping({})
  const observed = observedOf(instanceOf('web', 'exited'), instanceOf('db', 'created'))
  await stopAll({ pod, observed }, world, signal)
  assert.deepEqual(log, ['0s stop sandbox s0'])
})

test('a container that cannot be stopped holds up its sidecars no longer, and is reported', async () => {
  const { world, clock, pod } = stopping({ spec: { initContainers: [side('proxy')] } })
  const stopped: string[] = []
  const runtime = {
    ...world.runtime,
    stopContainer: async (id: string) => {
      if (id === 'web') throw new RuntimeError('unavailable', 'gone')
      stopped.push(id)
    },
  }
  const observed = observedOf(instanceOf('proxy', 'running'), instanceOf('web', 'running'))
  const outcome = stopAll({ pod, observed }, { ...world, runtime }, signal).catch(
    ({ message }) => message,
  )
  await clock.settle()
  assert.deepEqual(stopped, ['proxy'])
  assert.equal(await outcome, 'gone')
})
