import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '../clock/virtual-clock.ts'
import { createWorkQueue } from './work-queue.ts'

test('a key added many times is handed out once', async () => {
  const queue = createWorkQueue(createVirtualClock())
  for (const key of ['a', 'a', 'b', 'a']) queue.add(key)
  assert.equal(queue.length, 2)
  assert.equal(await queue.take(), 'a')
  assert.equal(await queue.take(), 'b')
})

test('a key added while it is worked on is handed out again only after done', async () => {
  const queue = createWorkQueue(createVirtualClock())
  queue.add('a')
  await queue.take()
  queue.add('a')
  assert.equal(queue.length, 0)
  queue.done('a')
  assert.equal(await queue.take(), 'a')
})

test('the earliest of several delays wins and back-off doubles from 5 ms until forgotten', async () => {
  const clock = createVirtualClock()
  const queue = createWorkQueue(clock)
  queue.addAfter('a', 1000)
  queue.addAfter('a', 100)
  queue.addAfter('a', 5000)
  await clock.advance(100)
  assert.equal(queue.length, 1)
  await queue.take()
  queue.done('a')
  await clock.advance(10_000)
  assert.equal(queue.length, 0)
  for (const waitMs of [5, 10, 20]) {
    queue.addRateLimited('b')
    await clock.advance(waitMs - 1)
    assert.equal(queue.length, 0, `not before ${waitMs} ms`)
    await clock.advance(1)
    assert.equal(await queue.take(), 'b')
    queue.done('b')
  }
  assert.equal(queue.failures('b'), 3)
  queue.forget('b')
  assert.equal(queue.failures('b'), 0)
})

test('closing releases every waiting worker', async () => {
  const queue = createWorkQueue(createVirtualClock())
  const workers = [queue.take(), queue.take()]
  queue.close()
  assert.deepEqual(await Promise.all(workers), [undefined, undefined])
  queue.add('late')
  assert.equal(await queue.take(), undefined)
})
