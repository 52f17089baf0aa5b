import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container } from '#api'
import { instanceOf, observedOf, podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import { createPodProbes, verdictsOf } from './pod-probes.ts'
import { createProbeResults } from './results.ts'

const check = (command: string) => ({ exec: { command: [command] } })
const sidecar: Container = {
  name: 'proxy',
  image: 'envoy',
  restartPolicy: 'Always',
  livenessProbe: check('proxy lives'),
}
const probed: Container = {
  ...web,
  livenessProbe: check('web lives'),
  readinessProbe: check('web is ready'),
}

function probing() {
  const asked: string[] = []
  const { world, clock } = testWorld({
    runtime: {
      execSync: async (_, argv) => {
        asked.push(argv.join(' '))
        return { exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
      },
    },
  })
  const setup: Container = { name: 'setup', image: 'busybox', livenessProbe: check('never') }
  const pod = podOf({ spec: { initContainers: [setup, sidecar], containers: [probed] } })
  const startedAtMs = clock.wallMs()
  const instances = ['setup', 'proxy', 'web'].map((name) =>
    instanceOf(name, 'running', { startedAtMs }),
  )
  const observed = observedOf(...instances)
  const results = createProbeResults(() => {})
  const probes = createPodProbes(
    { world, results, current: () => ({ pod, observed }), uptimeMs: () => 1e9 },
    new AbortController().signal,
  )
  const askedIn = async (ms: number) => {
    asked.length = 0
    await clock.advance(ms)
    return asked.toSorted()
  }
  return { probes, pod, askedIn, clock }
}

test('containers and sidecars are probed, plain init containers are not', async () => {
  const { probes, pod, askedIn } = probing()
  probes.ensure(pod)
  assert.deepEqual(await askedIn(0), ['proxy lives', 'web is ready', 'web lives'])
})

test('ensuring again starts no second worker', async () => {
  const { probes, pod, askedIn } = probing()
  probes.ensure(pod)
  probes.ensure(pod)
  assert.equal((await askedIn(0)).length, 3)
})

test('of a pod that goes only readiness is asked, and in the end nothing', async () => {
  const { probes, pod, askedIn } = probing()
  probes.ensure(pod)
  await askedIn(0)
  probes.stopAllButReadiness()
  assert.deepEqual(await askedIn(10_000), ['web is ready'])
  probes.stop()
  assert.deepEqual(await askedIn(10_000), [])
})

test('readiness of a container that has just started is asked at once', async () => {
  const { probes, pod, askedIn, clock } = probing()
  probes.ensure(pod)
  await clock.advance(1000)
  probes.triggerReadiness('web')
  probes.triggerReadiness('proxy')
  assert.deepEqual(await askedIn(0), ['web is ready'])
})

test('without probes a running container has started and is ready', () => {
  const verdicts = verdictsOf(createProbeResults(() => {}))
  assert.equal(verdicts.isStarted(web, 'c1'), true)
  assert.equal(verdicts.isReady(web, 'c1'), true)
  assert.equal(verdicts.failure('c1'), undefined)
})

test('with probes only a success counts, and only that of the same instance', () => {
  const results = createProbeResults(() => {})
  const verdicts = verdictsOf(results)
  const gated = { ...probed, startupProbe: check('web has started') }
  const set = (type: 'startup' | 'readiness', result: 'success' | 'unknown') =>
    results.set({ type, containerId: 'c1', podUid: 'u' }, result, '')
  set('startup', 'unknown')
  assert.equal(verdicts.isStarted(gated, 'c1'), false)
  set('startup', 'success')
  set('readiness', 'success')
  assert.deepEqual([verdicts.isStarted(gated, 'c1'), verdicts.isReady(gated, 'c1')], [true, true])
  assert.deepEqual([verdicts.isStarted(gated, 'c2'), verdicts.isReady(gated, 'c2')], [false, false])
})

test('liveness and startup failures ask for a restart, a readiness failure does not', () => {
  for (const [type, expected] of [
    ['liveness', 'liveness'],
    ['startup', 'startup'],
    ['readiness', undefined],
  ] as const) {
    const results = createProbeResults(() => {})
    results.set({ type, containerId: 'c1', podUid: 'u' }, 'failure', '')
    assert.equal(verdictsOf(results).failure('c1'), expected, type)
    results.forget('c1')
    assert.equal(verdictsOf(results).failure('c1'), undefined, `${type} forgotten`)
  }
})

test('only a result that changes is told', () => {
  const reported: string[] = []
  const results = createProbeResults((uid, what) => reported.push(`${uid} ${what}`))
  const of = { type: 'liveness', containerId: 'c1', podUid: 'u' } as const
  results.set(of, 'success', 'first')
  results.set(of, 'success', 'again')
  results.set(of, 'failure', 'other')
  assert.deepEqual(reported, ['u first', 'u other'])
})
