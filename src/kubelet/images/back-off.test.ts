import assert from 'node:assert/strict'
import test from 'node:test'
import { createImageBackOff } from './back-off.ts'

test('failed pulls wait 10 s doubling to 5 minutes, and say why the last one failed', () => {
  const backOff = createImageBackOff()
  const waits: number[] = []
  let nowMs = 0
  for (let round = 0; round < 7; round++) {
    backOff.failed('u/nginx', `failure ${round}`, nowMs)
    const waiting = backOff.waiting('u/nginx', nowMs)
    assert.equal(waiting?.failure, `failure ${round}`)
    waits.push((waiting?.remainingMs ?? 0) / 1000)
    nowMs += waiting?.remainingMs ?? 0
    assert.equal(backOff.waiting('u/nginx', nowMs), undefined)
  }
  assert.deepEqual(waits, [10, 20, 40, 80, 160, 300, 300])
})

test('a pull that fails more than ten minutes after the last starts the curve anew', () => {
  const backOff = createImageBackOff()
  backOff.failed('u/nginx', 'first', 0)
  backOff.failed('u/nginx', 'second', 600_001)
  assert.equal(backOff.waiting('u/nginx', 600_001)?.remainingMs, 10_000)
})

test('forgetting a pod lets its image be tried at once and leaves the others waiting', () => {
  const backOff = createImageBackOff()
  backOff.failed('u/nginx', 'first', 0)
  backOff.failed('v/nginx', 'first', 0)
  backOff.forget('u/')
  assert.equal(backOff.waiting('u/nginx', 0), undefined)
  assert.equal(backOff.waiting('v/nginx', 0)?.remainingMs, 10_000)
})
