import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FairQueues } from './fair-queues.ts'
import { handOf } from './shuffle-sharding.ts'

const form = { queues: 128, handSize: 6, queueLengthLimit: 50 }

test('a flow is dealt different queues, always the same ones', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 200 }), fc.nat(7), (flow, queues, size) => {
      const deal = { queues, handSize: Math.min(queues, size + 1) }
      const hand = handOf(flow, deal)
      assert.equal(new Set(hand).size, deal.handSize)
      assert.ok(hand.every((card) => card >= 0 && card < queues))
      assert.deepEqual(handOf(flow, deal), hand)
    }),
  )
})

test('a flow that fills its hand is turned away, others are not', () => {
  const queues = new FairQueues(form)
  let noisy = 0
  while (queues.add({ seats: 1, flow: 'noisy' })) noisy++
  assert.equal(noisy, form.handSize * form.queueLengthLimit)
  assert.equal(queues.add({ seats: 1, flow: 'quiet' }), true)
})

test('flows are served in turns, however many wait of each', () => {
  const queues = new FairQueues(form)
  for (let i = 0; i < 200; i++) queues.add({ seats: 1, flow: 'noisy' })
  for (let i = 0; i < 5; i++) queues.add({ seats: 1, flow: 'quiet' })
  const first = Array.from({ length: 60 }, () => queues.take()?.flow)
  assert.equal(first.filter((flow) => flow === 'quiet').length, 5)
})

test('a request of many seats counts as many', () => {
  const two = { queues: 2, handSize: 1 }
  const queueOf = (flow: string) => handOf(flow, two)[0]
  const wide = 'wide'
  const narrow = ['a', 'b', 'c', 'd', 'e'].find((flow) => queueOf(flow) !== queueOf(wide))
  assert.ok(narrow)
  const queues = new FairQueues({ ...two, queueLengthLimit: 50 })
  for (let i = 0; i < 10; i++) queues.add({ seats: 10, flow: wide })
  for (let i = 0; i < 30; i++) queues.add({ seats: 1, flow: narrow })
  const first = Array.from({ length: 22 }, () => queues.take()?.flow)
  assert.equal(first.filter((flow) => flow === wide).length, 2)
})

test('whoever leaves is not served', () => {
  const queues = new FairQueues(form)
  const gone = { seats: 2, flow: 'a' }
  queues.add(gone)
  queues.add({ seats: 3, flow: 'a' })
  assert.equal(queues.seats, 5)
  queues.remove(gone)
  assert.equal(queues.length, 1)
  assert.equal(queues.take()?.seats, 3)
  assert.equal(queues.take(), undefined)
})
