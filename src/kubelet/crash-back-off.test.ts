import assert from 'node:assert/strict'
import test from 'node:test'
import { createCrashBackOff } from './crash-back-off.ts'

test('the first restart is immediate and later ones wait 10 s doubling to 5 minutes', () => {
  const backOff = createCrashBackOff()
  const waits: number[] = []
  let endedMs = 0
  for (let round = 0; round < 8; round++) {
    const waitMs = backOff.remainingMs('u/web', endedMs, endedMs)
    waits.push(waitMs / 1000)
    backOff.count('u/web', endedMs)
    endedMs += waitMs + 1000
  }
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300])
})

test('the wait counts from the end of the container', () => {
  const backOff = createCrashBackOff()
  backOff.count('u/web', 0)
  assert.equal(backOff.remainingMs('u/web', 5000, 8000), 7000)
  assert.equal(backOff.remainingMs('u/web', 5000, 15_000), 0)
})

test('only more than ten minutes between two ends start the curve anew', () => {
  const backOff = createCrashBackOff()
  backOff.count('u/web', 0)
  backOff.count('u/web', 600_000)
  assert.equal(backOff.delayMs('u/web'), 20_000)
  assert.equal(backOff.remainingMs('u/web', 1_200_001, 1_200_001), 0)
  backOff.count('u/web', 1_200_001)
  assert.equal(backOff.delayMs('u/web'), 10_000)
})

test('forgetting a pod leaves the others waiting', () => {
  const backOff = createCrashBackOff()
  backOff.count('u/web', 0)
  backOff.count('v/web', 0)
  backOff.forget('u/')
  assert.equal(backOff.delayMs('u/web'), 0)
  assert.equal(backOff.delayMs('v/web'), 10_000)
})
