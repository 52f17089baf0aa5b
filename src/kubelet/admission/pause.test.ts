import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { createRejectionPause } from './pause.ts'

test('pauses double up to a second while pods are turned away, and begin anew after a quiet time', async () => {
  const clock = createVirtualClock()
  const pause = createRejectionPause(clock)
  const pauses: number[] = []
  for (let round = 0; round < 9; round++) {
    pauses.push(pause())
    await clock.advance(pauses.at(-1) ?? 0)
  }
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000])
  await clock.advance(9_000)
  assert.equal(pause(), 1000)
  await clock.advance(10_001)
  assert.equal(pause(), 10)
})
