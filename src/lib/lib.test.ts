import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createHeap } from './base/heap.ts'
import { restoreRandom, seededRandom } from './base/random.ts'
import { systemClock } from './real/system-clock.ts'
import { systemRandom } from './real/system-random.ts'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('a heap hands out any items in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = createHeap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      const out = numbers.map(() => heap.pop())
      assert.deepEqual(
        out,
        numbers.toSorted((a, b) => a - b),
      )
      assert.equal(heap.pop(), undefined)
    }),
  )
})

test('a seeded source repeats itself, forks are independent, and UUIDs are well-formed', () => {
  const [a, b] = [seededRandom(7), seededRandom(7)]
  assert.equal(a.uuid(), b.uuid())
  assert.match(a.uuid(), uuidPattern)
  assert.match(systemRandom.uuid(), uuidPattern)
  const before = seededRandom(7).fork('names').next()
  const drawn = seededRandom(7)
  drawn.next()
  assert.equal(drawn.fork('names').next(), before, 'a draw does not shift a fork')
  assert.notEqual(seededRandom(7).fork('a').next(), seededRandom(7).fork('b').next())
  assert.notEqual(seededRandom(7).uuid(), seededRandom(8).uuid())
})

test('a seeded source goes on where it was put aside; a fork by restart draws anew', () => {
  const random = seededRandom(7)
  random.next()
  const restored = restoreRandom(JSON.parse(JSON.stringify(random.state())))
  assert.equal(restored.uuid(), random.uuid())
  assert.equal(restored.fork('names').uuid(), random.fork('names').uuid())
  assert.notEqual(restored.fork('restart 2').fork('names').uuid(), random.fork('names').uuid())
})

test('a seeded source is roughly uniform', () => {
  const random = seededRandom('uniform')
  const buckets = new Array(10).fill(0)
  for (let i = 0; i < 10_000; i++) buckets[Math.floor(random.next() * 10)]++
  for (const count of buckets) assert.ok(count > 850 && count < 1150, buckets.join())
})

test('the system clock sleeps, cancels and yields', async () => {
  await systemClock.sleep(1)
  await systemClock.turn()
  const stop = new AbortController()
  const sleep = systemClock.sleep(1_000_000, stop.signal)
  stop.abort(new Error('awake'))
  await assert.rejects(sleep, /awake/)
})
