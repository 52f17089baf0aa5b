import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DaemonSet } from '#api'
import { storedObject } from '../shared/objects-fixture.ts'
import { createFailedPodBackOff } from './failed-pod-back-off.ts'

test('failed pods of one node stay for longer each time, until half an hour without one', () => {
  let nowMs = 0
  const backOff = createFailedPodBackOff({ monotonicMs: () => nowMs })
  const daemonSet = storedObject('agent', {} as DaemonSet)
  const delays = []
  for (let failure = 0; failure < 12; failure++) {
    backOff.replaced(daemonSet, 'a')
    const delayMs = backOff.delayMs(daemonSet, 'a')
    delays.push(delayMs / 1000)
    nowMs += delayMs
    assert.equal(backOff.delayMs(daemonSet, 'a'), 0)
  }
  assert.deepEqual(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
  assert.equal(backOff.delayMs(daemonSet, 'b'), 0)
  nowMs += 1_800_000
  backOff.replaced(daemonSet, 'a')
  assert.equal(backOff.delayMs(daemonSet, 'a'), 1000)
})
