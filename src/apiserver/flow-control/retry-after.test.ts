import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfter } from './retry-after.ts'

test('the wait doubles while many are turned away, up to 32 s, and shrinks by one when few are', () => {
  const retries = retryAfter()
  const during = (seconds: readonly number[], each: number) =>
    seconds.map((second) => {
      let wait = 0
      for (let i = 0; i < each; i++) wait = retries.note(second * 1000 + i)
      return wait
    })
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
  assert.deepEqual(during([100, 101, 102, 103, 104], 100), [1, 2, 2, 4, 4])
  assert.equal(during(range(105, 300), 100).at(-1), 32)
  assert.deepEqual(during([400, 401, 402], 1), [31, 30, 29])
})
