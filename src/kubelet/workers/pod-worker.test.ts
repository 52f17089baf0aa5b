import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#lib'
import { instanceOf, observedOf, podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import { containerHash } from '../model/labels.ts'
import { observation } from '../model/triggers.ts'
import type { PodShared } from '../pod/pod-shared.ts'
import { createProbeResults } from '../probes/results.ts'
import { createStatusManager } from '../status/status-manager.ts'
import { createPodWorker } from './pod-worker.ts'
import { createSyncLoop } from './sync-loop.ts'

/** A worker over a runtime that refuses everything, and counts how often it is asked. */
function workerWithoutRuntime() {
  const asked: number[] = []
  const { world, clock } = testWorld({
    runtime: {
      listSandboxes: () => {
        asked.push(clock.monotonicMs())
        return Promise.reject(new Error('connection refused'))
      },
      listContainers: () => Promise.reject(new Error('connection refused')),
    },
  })
  const stop = new AbortController()
  const runtime: { fault: string | undefined } = { fault: undefined }
  const { signal } = stop
  const statuses = createStatusManager({
    ...{ client: {} as never, clock, log: silentLogger, actor: 'kubelet/n' },
  })
  const shared = {
    ...{ world, statuses, signal },
    results: createProbeResults(() => {}),
    uptimeMs: () => 0,
  } as unknown as PodShared
  const worker = createPodWorker(podOf(), shared, {
    isRejected: false,
    syncLoop: createSyncLoop(world, () => runtime.fault, signal),
  })
  void worker.run(signal)
  return { worker, clock, asked, runtime, stop }
}

test('a pod is tried again and again while nobody knows that the runtime is down, and then not', async () => {
  const { clock, asked, runtime, stop } = workerWithoutRuntime()
  await clock.advance(31_000)
  const tries = asked.length
  assert.ok(tries >= 3 && tries <= 4, `${tries}`)
  runtime.fault = 'container runtime is down'
  await clock.advance(600_000)
  assert.equal(asked.length, tries)
  runtime.fault = undefined
  await clock.advance(5_000)
  assert.equal(asked.length, tries + 1)
  stop.abort()
})

test('what the kubelet itself decides about a pod waits for nothing', async () => {
  const { worker, clock, asked, runtime, stop } = workerWithoutRuntime()
  await clock.advance(1)
  runtime.fault = 'PLEG is not healthy'
  worker.send({ kind: 'wake', because: observation('something happened') })
  await clock.advance(60_000)
  assert.equal(asked.length, 1)
  worker.send({
    kind: 'killed',
    failure: { reason: 'Evicted', message: 'The node was low on resource' },
  })
  await clock.advance(1)
  assert.equal(asked.length, 2)
  // Trying again is for when it goes on.
  await clock.advance(60_000)
  assert.equal(asked.length, 2)
  stop.abort()
})

test('nor does it where the pod had nothing to wait for', async () => {
  const { worker, clock, asked, runtime, stop } = workerWithoutRuntime()
  await clock.advance(1)
  runtime.fault = 'PLEG is not healthy'
  worker.send({
    kind: 'killed',
    failure: { reason: 'Evicted', message: 'The node was low on resource' },
  })
  await clock.advance(1)
  assert.equal(asked.length, 2)
  stop.abort()
})

/** A worker whose pod runs as it should, after a start that failed. */
function workerOfRunningPod() {
  let asked = 0
  let syncs = 0
  const hash = { 'io.kubernetes.container.hash': containerHash(web) }
  const container = instanceOf('web', 'running', { annotations: hash })
  const ended = instanceOf('web', 'exited', { annotations: hash, id: 'ended', createdAtMs: -1 })
  const byId = new Map([container, ended].map((each) => [each.id, each]))
  const [sandbox] = observedOf().sandboxes
  const { world, clock } = testWorld({
    runtime: {
      listSandboxes: async () => {
        asked++
        return [sandbox] as never
      },
      sandboxStatus: async () => sandbox as never,
      listContainers: async () => [...byId.values()],
      containerStatus: async (id) => byId.get(id) as never,
    },
    host: {
      pods: { prepare: async () => void syncs++, path: () => '/pods/uid' },
      files: { readTail: async () => undefined },
      cgroups: { podPath: () => '/pod', ensure: async () => undefined },
    },
    references: { follow: () => undefined, services: () => [] },
  })
  Object.assign(world, { facts: { memoryBytes: 1e9 } })
  const stop = new AbortController()
  const shared = {
    ...{ world, signal: stop.signal, uptimeMs: () => 0, networkFault: () => undefined },
    statuses: createStatusManager({
      ...{ client: {} as never, clock, log: silentLogger, actor: 'kubelet/n' },
    }),
    results: createProbeResults(() => {}),
    tokens: { nextRenewalMs: () => undefined },
    allocatable: () => ({}),
    resizeRefusal: () => undefined,
    recursiveReadOnlyMounts: () => false,
  } as unknown as PodShared
  const worker = createPodWorker(podOf(), shared, {
    isRejected: false,
    syncLoop: createSyncLoop(world, () => undefined, stop.signal),
  })
  void worker.run(stop.signal)
  return { worker, clock, asked: () => asked, syncs: () => syncs, running: container.id, stop }
}

test('the runtime is asked of a pod again when something has happened there, and only then', async () => {
  const { worker, clock, asked, stop } = workerOfRunningPod()
  await clock.advance(1000)
  assert.equal(worker.observed.containers[0]?.state, 'running')
  assert.equal(asked(), 1)
  worker.send({ kind: 'wake', because: observation('a probe failed') })
  worker.send({
    kind: 'updated',
    pod: podOf({ metadata: { labels: { a: '1' }, resourceVersion: '8' } }),
  })
  await clock.advance(1000)
  assert.equal(asked(), 1)
  worker.send({ kind: 'pleg', what: 'a container was stopped' })
  await clock.advance(1000)
  assert.equal(asked(), 2)
  stop.abort()
})

test('what the runtime tells that has been seen by then asks for no further step', async () => {
  const { worker, clock, asked, syncs, stop } = workerOfRunningPod()
  await clock.advance(1000)
  assert.deepEqual([asked(), syncs()], [1, 1])
  worker.send({ kind: 'wake', because: observation('a probe failed') })
  worker.send({ kind: 'pleg', what: 'a container was started' })
  await clock.advance(1000)
  assert.deepEqual([asked(), syncs()], [2, 2])
  stop.abort()
})

test('the removal of what had ended is looked at with the next step, that of what ran at once', async () => {
  const { worker, clock, asked, syncs, running, stop } = workerOfRunningPod()
  await clock.advance(1000)
  worker.send({ kind: 'pleg', what: 'a container was deleted', removed: 'nobody knows it' })
  worker.send({ kind: 'pleg', what: 'a container was deleted', removed: 'ended' })
  await clock.advance(1000)
  assert.deepEqual([asked(), syncs()], [1, 1])
  worker.send({ kind: 'wake', because: observation('a probe failed') })
  await clock.advance(1000)
  assert.deepEqual([asked(), syncs()], [2, 2])
  worker.send({ kind: 'pleg', what: 'a container was deleted', removed: running })
  await clock.advance(1000)
  assert.deepEqual([asked(), syncs()], [3, 3])
  stop.abort()
})
