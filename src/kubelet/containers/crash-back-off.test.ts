import assert from 'node:assert/strict'
import test from 'node:test'
import { createCrashBackOff } from './crash-back-off.ts'

test('the first restart is immediate and later ones wait 10 s doubling to 5 minutes', () => {
  const backOff = createCrashBackOff()
  const waits: number[] = []
  let nowMs = 0
  for (let round = 0; round < 8; round++) {
    const waitMs = backOff.remainingMs('u/web', nowMs, nowMs)
    waits.push(waitMs / 1000)
    backOff.count('u/web', nowMs + waitMs)
    nowMs += waitMs + 1000
  }
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300])
})

test('the wait counts from the end of the container', () => {
  const backOff = createCrashBackOff()
  backOff.count('u/web', 0)
  assert.equal(backOff.remainingMs('u/web', 5000, 8000), 7000)
  assert.equal(backOff.remainingMs('u/web', 5000, 15_000), 0)
})

/** Five restarts of a container that ends at once, the last one at `nowMs`: it waits 160 s next. */
function worn() {
  const backOff = createCrashBackOff()
  for (const startMs of [0, 10_000, 30_000, 70_000, 150_000]) backOff.count('u/web', startMs)
  return { backOff, startedMs: 150_000 }
}

test('to have waited for long does not reset the curve', () => {
  const { backOff, startedMs } = worn()
  const againMs = startedMs + 160_000
  backOff.count('u/web', againMs)
  const endedMs = againMs + 1000
  assert.equal(backOff.remainingMs('u/web', endedMs, endedMs), 300_000)
})

test('to have run for ten minutes resets the curve', () => {
  const { backOff, startedMs } = worn()
  const endedMs = startedMs + 600_000
  assert.equal(backOff.remainingMs('u/web', endedMs, endedMs), 0)
  backOff.count('u/web', endedMs)
  assert.equal(backOff.delayMs('u/web'), 10_000)
})

test('ten minutes after its last start a container waits no longer', () => {
  const { backOff, startedMs } = worn()
  const endedMs = startedMs + 540_000
  assert.equal(backOff.remainingMs('u/web', endedMs, endedMs), 60_000)
  assert.equal(backOff.remainingMs('u/web', startedMs + 100_000, startedMs + 100_000), 160_000)
})

test('forgetting a pod leaves the others waiting', () => {
  const backOff = createCrashBackOff()
  backOff.count('u/web', 0)
  backOff.count('v/web', 0)
  backOff.forget('u/')
  assert.equal(backOff.delayMs('u/web'), 0)
  assert.equal(backOff.delayMs('v/web'), 10_000)
})
