import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, Probe } from '#api'
import type { Stored } from '#machinery'
import { RuntimeError } from '#runtime'
import { instanceOf, observedOf, podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import type { ObservedContainer } from '../model/observed.ts'
import { createProbeWorker } from './probe-worker.ts'
import { createProbeResults, type ProbeType } from './results.ts'

const check = { exec: { command: ['check'] } }

interface Given {
  readonly type?: ProbeType
  readonly probe?: Probe
  readonly container?: Partial<Container>
  /** What each attempt gives, the last one again and again: `0` passes, `!` is an error of the prober. */
  readonly answers?: string
  readonly pod?: Stored<Pod>
  readonly instance?: Partial<ObservedContainer>
  readonly uptimeMs?: number
}

/** One worker over a scripted container; what it publishes is noted as `20s failure`. */
function probing(given: Given) {
  const { type = 'liveness', answers = '0', uptimeMs = Number.POSITIVE_INFINITY } = given
  const attempts: number[] = []
  const { world, clock, events } = testWorld({
    runtime: {
      execSync: async () => {
        const answer = answers[Math.min(attempts.length, answers.length - 1)]
        attempts.push(clock.monotonicMs() / 1000)
        if (answer === '!') throw new RuntimeError('unavailable', 'no runtime')
        const exitCode = Number(answer)
        return { exitCode, stdout: Buffer.from('out'), stderr: Buffer.from('err') }
      },
    },
  })
  const container = { ...web, [`${type}Probe`]: check, ...given.container }
  const published: string[] = []
  const results = createProbeResults((_, what) => {
    const state = results.get(type, pod.current.id)
    published.push(`${clock.monotonicMs() / 1000}s ${state}`)
    said.push(what)
  })
  const said: string[] = []
  const pod = {
    pod: given.pod ?? podOf({ spec: { containers: [container] } }),
    current: instanceOf('web', 'running', { startedAtMs: clock.wallMs(), ...given.instance }),
  }
  const stop = new AbortController()
  const worker = createProbeWorker({
    type,
    probe: { ...check, ...given.probe },
    container,
    world,
    results,
    current: () => ({ pod: pod.pod, observed: observedOf(pod.current) }),
    uptimeMs: () => uptimeMs,
  })
  const run = { isOver: false }
  void worker.run(stop.signal).then(() => {
    run.isOver = true
  })
  return { worker, clock, events, published, said, attempts, results, pod, run, stop }
}

test('a liveness failure is published after failureThreshold failures in a row', async () => {
  const { clock, published, said } = probing({ answers: '1', probe: { failureThreshold: 3 } })
  await clock.advance(60_000)
  assert.deepEqual(published, ['0s success', '20s failure'])
  assert.deepEqual(said, [
    'liveness probe of web has not run yet',
    'liveness probe of web failed: outerr',
  ])
})

test('a success between failures starts the count anew', async () => {
  const { clock, published } = probing({ answers: '110111' })
  await clock.advance(60_000)
  assert.deepEqual(published, ['0s success', '50s failure'])
})

test('every failed attempt is told, also those below the threshold', async () => {
  const { clock, events } = probing({ type: 'readiness', answers: '10' })
  await clock.advance(20_000)
  assert.deepEqual(events, [
    'Warning Unhealthy spec.containers{web}: Readiness probe failed: outerr',
  ])
})

test('readiness begins as failure and needs successThreshold successes', async () => {
  const probe = { periodSeconds: 5, successThreshold: 2, failureThreshold: 1 }
  const { clock, published } = probing({ type: 'readiness', probe, answers: '01001' })
  await clock.advance(20_000)
  assert.deepEqual(published, ['0s failure', '15s success', '20s failure'])
})

test('the first attempt waits for initialDelaySeconds, at a tick of the worker', async () => {
  const { clock, attempts } = probing({ probe: { initialDelaySeconds: 15 } })
  await clock.advance(30_000)
  assert.deepEqual(attempts, [20, 30])
})

test('the delay counts whole seconds since the container started', async () => {
  const { clock, pod, attempts } = probing({ probe: { initialDelaySeconds: 1, periodSeconds: 1 } })
  pod.current = { ...pod.current, startedAtMs: clock.wallMs() + 500 }
  await clock.advance(3000)
  assert.deepEqual(attempts, [2, 3])
})

test('a startup probe ends with its first success', async () => {
  const { clock, published, attempts } = probing({ type: 'startup', answers: '10' })
  await clock.advance(60_000)
  assert.deepEqual(published, ['0s unknown', '10s success'])
  assert.deepEqual(attempts, [0, 10])
})

test('a failed startup probe is held until there is a new container', async () => {
  const probe = { failureThreshold: 2 }
  const { clock, published, pod, attempts } = probing({ type: 'startup', probe, answers: '110' })
  await clock.advance(30_000)
  assert.deepEqual(attempts, [0, 10])
  pod.current = { ...pod.current, id: 'web-2' }
  await clock.advance(10_000)
  assert.deepEqual(published, ['0s unknown', '10s failure', '40s unknown', '40s success'])
})

test('liveness and readiness wait until the startup probe has succeeded', async () => {
  for (const type of ['liveness', 'readiness'] as const) {
    const { clock, attempts, results } = probing({ type, container: { startupProbe: check } })
    const startup = { type: 'startup', containerId: 'web', podUid: 'u' } as const
    results.set(startup, 'unknown', '')
    await clock.advance(10_000)
    assert.deepEqual(attempts, [], type)
    results.set(startup, 'success', '')
    await clock.advance(10_000)
    assert.deepEqual(attempts, [20], type)
  }
})

test('a failed liveness probe is held, and starts again as success with the next container', async () => {
  const probe = { failureThreshold: 1 }
  const { clock, published, pod, attempts } = probing({ probe, answers: '1' })
  await clock.advance(25_000)
  assert.deepEqual(attempts, [0])
  pod.current = { ...pod.current, id: 'web-2', startedAtMs: clock.wallMs() }
  await clock.advance(10_000)
  assert.deepEqual(published, ['0s success', '0s failure', '30s success', '30s failure'])
})

test('a container that does not run is not asked: its probes have failed', async () => {
  const { clock, published, attempts, run } = probing({
    type: 'readiness',
    instance: { state: 'exited' },
  })
  await clock.advance(10_000)
  assert.deepEqual(attempts, [])
  assert.deepEqual(published, ['0s failure'])
  assert.equal(run.isOver, false)
})

test('nothing is left to probe when the container ended for good or the pod did', async () => {
  const never = podOf({ spec: { restartPolicy: 'Never' } })
  const ended = probing({ pod: never, instance: { state: 'exited' } })
  const over = probing({ pod: podOf({ status: { phase: 'Succeeded' } }) })
  await ended.clock.settle()
  await over.clock.settle()
  assert.deepEqual([ended.run.isOver, over.run.isOver], [true, true])
})

test('of a pod that goes, liveness and startup say success and end; readiness goes on', async () => {
  const pod = podOf({ metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } })
  for (const [type, isOver, asked] of [
    ['liveness', true, 0],
    ['startup', true, 0],
    ['readiness', false, 2],
  ] as const) {
    const probe = probing({ type, pod, answers: '1' })
    await probe.clock.advance(10_000)
    assert.equal(probe.run.isOver, isOver, type)
    assert.equal(probe.attempts.length, asked, type)
    assert.equal(probe.results.get(type, 'web'), isOver ? 'success' : 'failure', type)
  }
})

test('an error of the prober is tried three times, told, and then counts as nothing', async () => {
  const probe = { failureThreshold: 1 }
  const { clock, events, published, attempts } = probing({ probe, answers: '!!!1' })
  await clock.settle()
  assert.equal(attempts.length, 3)
  assert.deepEqual(published, ['0s success'])
  assert.deepEqual(events, [
    'Warning Unhealthy spec.containers{web}: Liveness probe errored and resulted in unknown state: rpc error: code = Unavailable desc = no runtime',
  ])
  await clock.advance(10_000)
  assert.deepEqual(published, ['0s success', '10s failure'])
})

test('an error that goes away when tried again is not told', async () => {
  const { clock, events, attempts } = probing({ answers: '!!0' })
  await clock.settle()
  assert.equal(attempts.length, 3)
  assert.deepEqual(events, [])
})

test('a young kubelet spreads its first probes over one period', async () => {
  const { clock, attempts } = probing({ uptimeMs: 9_999 })
  await clock.advance(10_000)
  assert.equal(attempts.length, 1)
  assert.ok(attempts[0] !== 0)
})

test('hurrying probes at once and counts the period from there', async () => {
  const { clock, attempts, worker } = probing({ type: 'readiness' })
  await clock.advance(3000)
  worker.trigger()
  await clock.advance(10_000)
  assert.deepEqual(attempts, [0, 3, 13])
})

test('a trigger that comes while a probe runs asks once more as soon as it is over', async () => {
  const { clock, attempts, worker, results, pod } = probing({ type: 'readiness' })
  const isAsked = () => results.get('readiness', pod.current.id) !== undefined
  worker.trigger()
  await clock.advance(9000)
  assert.ok(isAsked())
  assert.deepEqual(attempts, [0, 0])
})
