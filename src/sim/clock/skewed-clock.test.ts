import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { skewedClock } from './skewed-clock.ts'

test('a skewed clock shows another time and measures the same durations', async () => {
  const clock = createVirtualClock({ startWallMs: 1000 })
  let offsetMs = -300
  const skewed = skewedClock(clock, () => offsetMs)
  assert.equal(skewed.wallMs(), 700)
  offsetMs = 5000
  const slept = skewed.sleep(20)
  await clock.advance(20)
  await slept
  assert.equal(skewed.wallMs(), 6020)
  assert.equal(skewed.monotonicMs(), 20)
})
