import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#lib'
import type { PodShared } from './pod-shared.ts'
import { createPodWorker } from './pod-worker.ts'
import { createProbeResults } from './probes/results.ts'
import { createStatusManager } from './status/status-manager.ts'
import { createSyncLoop } from './sync-loop.ts'
import { podOf, testWorld } from './test-world.ts'

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
  const told: { fault: string | undefined } = { fault: undefined }
  const { signal } = stop
  const statuses = createStatusManager({
    ...{ client: {} as never, clock, log: silentLogger, actor: 'kubelet/n' },
  })
  const shared = {
    ...{ world, statuses, signal },
    results: createProbeResults(() => {}),
    syncLoop: createSyncLoop(world, () => told.fault, signal),
    uptimeMs: () => 0,
  } as unknown as PodShared
  const worker = createPodWorker(podOf(), shared, { isTurnedAway: false })
  void worker.run(signal)
  return { worker, clock, asked, told, stop }
}

test('a pod is tried again and again while nobody knows that the runtime is down, and then not', async () => {
  const { clock, asked, told, stop } = workerWithoutRuntime()
  await clock.advance(31_000)
  const tries = asked.length
  assert.ok(tries >= 3 && tries <= 4, `${tries}`)
  told.fault = 'container runtime is down'
  await clock.advance(600_000)
  assert.equal(asked.length, tries)
  told.fault = undefined
  await clock.advance(5_000)
  assert.equal(asked.length, tries + 1)
  stop.abort()
})

test('what the kubelet itself decides about a pod waits for nothing', async () => {
  const { worker, clock, asked, told, stop } = workerWithoutRuntime()
  await clock.advance(1)
  told.fault = 'PLEG is not healthy'
  worker.wake('something happened')
  await clock.advance(60_000)
  assert.equal(asked.length, 1)
  worker.fail({ reason: 'Evicted', message: 'The node was low on resource' })
  await clock.advance(1)
  assert.equal(asked.length, 2)
  // Trying again is for when it goes on.
  await clock.advance(60_000)
  assert.equal(asked.length, 2)
  stop.abort()
})

test('nor does it where the pod had nothing to wait for', async () => {
  const { worker, clock, asked, told, stop } = workerWithoutRuntime()
  await clock.advance(1)
  told.fault = 'PLEG is not healthy'
  worker.fail({ reason: 'Evicted', message: 'The node was low on resource' })
  await clock.advance(1)
  assert.equal(asked.length, 2)
  stop.abort()
})
