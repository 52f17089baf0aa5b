import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from './random.ts'
import { createVirtualClock } from './virtual-clock.ts'

test('timers fire in order of their instants, each at its own time', async () => {
  const clock = createVirtualClock()
  const fired: [string, number][] = []
  for (const [name, ms] of [
    ['b', 20],
    ['a', 10],
    ['c', 30],
  ] as const) {
    clock.timer(ms, () => fired.push([name, clock.monotonicMs()]))
  }
  await clock.advance(25)
  assert.deepEqual(fired, [
    ['a', 10],
    ['b', 20],
  ])
  assert.equal(clock.monotonicMs(), 25)
  assert.equal(clock.pendingTimers, 1)
})

test('a cancelled timer never fires and is not pending', async () => {
  const clock = createVirtualClock()
  const timer = clock.timer(5, () => assert.fail('fired'))
  timer[Symbol.dispose]()
  assert.equal(clock.pendingTimers, 0)
  await clock.advance(10)
})

test('a sleeping loop is carried through every round by one advance', async () => {
  const clock = createVirtualClock()
  let rounds = 0
  const stop = new AbortController()
  const loop = (async () => {
    for (;;) {
      await clock.sleep(1000, stop.signal)
      rounds++
    }
  })()
  await clock.advance(10_500)
  assert.equal(rounds, 10)
  stop.abort(new Error('enough'))
  await assert.rejects(loop, /enough/)
  assert.equal(clock.pendingTimers, 0)
})

test('until stops at the first instant at which the condition holds', async () => {
  const clock = createVirtualClock()
  let done = false
  clock.timer(700, () => {
    done = true
  })
  assert.equal(await clock.until(() => done, 10_000), true)
  assert.equal(clock.monotonicMs(), 700)
  assert.equal(await clock.until(() => false, 1000), false)
  assert.equal(clock.monotonicMs(), 1700)
})

test('the seed orders ready turns: the same seed the same order, other seeds other orders', async () => {
  const orderFor = async (seed: number) => {
    const clock = createVirtualClock({ random: seededRandom(seed) })
    const order: number[] = []
    for (let worker = 0; worker < 6; worker++) {
      void (async () => {
        await clock.turn()
        order.push(worker)
      })()
    }
    await clock.settle()
    return order.join('')
  }
  const orders = await Promise.all([1, 2, 3, 4, 5].map(orderFor))
  const again = await Promise.all([1, 2, 3, 4, 5].map(orderFor))
  assert.deepEqual(orders, again)
  assert.ok(new Set(orders).size > 1, orders.join())
})

test('a thousand timers drain', async () => {
  const clock = createVirtualClock()
  let fired = 0
  for (let i = 0; i < 1000; i++) clock.timer(i % 97, () => fired++)
  await clock.advance(97)
  assert.equal(fired, 1000)
})
