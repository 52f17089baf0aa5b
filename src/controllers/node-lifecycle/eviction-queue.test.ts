import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvictionQueue } from './eviction-queue.ts'

test('one node at once, then one per ten seconds at 0.1 nodes per second', () => {
  const queue = createEvictionQueue()
  queue.setRate(0.1)
  assert.equal(queue.nextMs(0), undefined, 'nothing waits')
  for (const name of ['a', 'b', 'c']) queue.add(name)
  assert.equal(queue.take(0), 'a')
  assert.equal(queue.take(9_999), undefined)
  assert.equal(queue.nextMs(5_000), 10_000)
  assert.equal(queue.take(10_000), 'b')
  queue.remove('c')
  assert.equal(queue.nextMs(10_000), undefined)
})

test('nothing is let through at rate 0, and all of it later', () => {
  const queue = createEvictionQueue()
  queue.add('a')
  assert.equal(queue.take(0), undefined)
  assert.equal(queue.nextMs(0), undefined)
  queue.setRate(1)
  assert.equal(queue.nextMs(3), 3)
  assert.equal(queue.take(3), 'a')
})
