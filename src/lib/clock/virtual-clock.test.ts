import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../base/random.ts'
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

test('a million timers fire, each once and at its own instant', async () => {
  const clock = createVirtualClock()
  const random = seededRandom('instants')
  const count = 1_000_000
  const instants = Array.from({ length: count }, () => Math.floor(random.next() * 50_000))
  let fired = 0
  let misses = 0
  let lastMs = 0
  for (const atMs of instants) {
    clock.timer(atMs, () => {
      fired++
      if (clock.monotonicMs() !== atMs || atMs < lastMs) misses++
      lastMs = atMs
    })
  }
  assert.equal(clock.pendingTimers, count)
  await clock.advance(25_000)
  assert.equal(fired, instants.filter((atMs) => atMs <= 25_000).length)
  await clock.advance(25_000)
  assert.deepEqual([fired, misses, clock.pendingTimers], [count, 0, 0])
})

test('settle runs timers that are due at once, in an order drawn from the seed', async () => {
  const orderFor = async (seed: number) => {
    const clock = createVirtualClock({ random: seededRandom(seed) })
    const order: number[] = []
    for (let i = 0; i < 6; i++) clock.timer(0, () => order.push(i))
    await clock.settle()
    assert.equal(clock.monotonicMs(), 0)
    return order.join('')
  }
  const orders = await Promise.all([1, 2, 3, 4, 5].map(orderFor))
  assert.deepEqual(orders, await Promise.all([1, 2, 3, 4, 5].map(orderFor)))
  assert.ok(new Set(orders).size > 1, orders.join())
})

test('every promise chain is drained between two turns', async () => {
  const clock = createVirtualClock()
  let running = 0
  const work = async () => {
    await clock.turn()
    assert.equal(running++, 0)
    for (let hop = 0; hop < 50; hop++) await new Promise<void>((done) => process.nextTick(done))
    running--
  }
  const all = Promise.all(Array.from({ length: 20 }, work))
  await clock.settle()
  await all
})

test('a timer cancelled by another of the same instant does not fire', async () => {
  const clock = createVirtualClock()
  const fired: string[] = []
  const timers = ['a', 'b'].map((name) =>
    clock.timer(5, () => {
      fired.push(name)
      for (const other of timers) other[Symbol.dispose]()
    }),
  )
  await clock.advance(10)
  assert.equal(fired.length, 1)
})

test('cancelled timers do not pile up and the living keep their instants', async () => {
  const clock = createVirtualClock()
  const fired: number[] = []
  for (let ms = 1; ms <= 20_000; ms++) {
    const timer = clock.timer(ms, () => fired.push(clock.monotonicMs()))
    if (ms % 1000 !== 0) timer[Symbol.dispose]()
  }
  assert.equal(clock.pendingTimers, 20)
  assert.equal(clock.nextTimerMs, 1000)
  await clock.advance(20_000)
  assert.deepEqual(
    fired,
    Array.from({ length: 20 }, (_, at) => (at + 1) * 1000),
  )
  assert.equal(clock.nextTimerMs, undefined)
})

test('an error thrown by a timer reaches whoever moves time, which stands at its instant', async () => {
  const clock = createVirtualClock()
  clock.timer(10, () => {
    throw new Error('broken')
  })
  let fired = 0
  clock.timer(20, () => fired++)
  await assert.rejects(clock.advance(100), /broken/)
  assert.equal(clock.monotonicMs(), 10)
  await clock.advance(100)
  assert.equal(fired, 1)
})

test('an error thrown by a condition reaches whoever asked', async () => {
  const clock = createVirtualClock()
  const asking = clock.until(() => assert.fail('no answer'), 100)
  const other = clock.advance(50)
  await assert.rejects(asking, /no answer/)
  await other
})

test('advance is interrupted by its signal, between two instants', async () => {
  const clock = createVirtualClock()
  const stop = new AbortController()
  clock.timer(10, () => stop.abort(new Error('enough')))
  let sameInstant = false
  clock.timer(10, () => {
    sameInstant = true
  })
  await assert.rejects(clock.advance(100, stop.signal), /enough/)
  assert.equal(clock.monotonicMs(), 10)
  assert.equal(sameInstant, true)
})

test('calls that overlap each end at their own instant', async () => {
  const clock = createVirtualClock()
  const ended: [string, number][] = []
  const note = (name: string) => () => ended.push([name, clock.monotonicMs()])
  await Promise.all([
    clock.advance(20).then(note('b')),
    clock.advance(10).then(note('a')),
    clock.settle().then(note('settled')),
  ])
  assert.deepEqual(ended, [
    ['settled', 0],
    ['a', 10],
    ['b', 20],
  ])
})

test('a loop of turns at one instant is an error that names the loop', async () => {
  const clock = createVirtualClock({ liveLockLimit: 5000 })
  await clock.advance(7)
  let isOver = false
  const spin = async function spinningLoop() {
    while (!isOver) await clock.turn()
  }
  void spin()
  await assert.rejects(clock.advance(1), {
    code: 'VirtualTimeStandsStill',
    message: /5000 turns and timers ran at 7 ms .*spinningLoop .*virtual-clock\.test\.ts/,
  })
  isOver = true
})

test('a loop of timers without delay is an error that names the loop', async () => {
  const clock = createVirtualClock({ liveLockLimit: 100 })
  const again = () => void clock.timer(0, again)
  again()
  await assert.rejects(clock.settle(), { message: /again .*virtual-clock\.test\.ts/ })
})

test('a clock goes on from what was saved, with the same draws', async () => {
  const first = createVirtualClock({ startWallMs: 5000, random: seededRandom('saved') })
  const orderOn = async (clock: ReturnType<typeof createVirtualClock>) => {
    const order: number[] = []
    for (let i = 0; i < 8; i++) clock.timer(1, () => order.push(i))
    await clock.advance(10)
    return order
  }
  await orderOn(first)
  const saved = JSON.parse(JSON.stringify(first.save()))
  const second = createVirtualClock({ from: saved })
  assert.equal(second.monotonicMs(), 10)
  assert.equal(second.wallMs(), 5010)
  assert.deepEqual(await orderOn(second), await orderOn(first))
})

test('a timer that never ends does not end time', async () => {
  const clock = createVirtualClock()
  clock.timer(Number.POSITIVE_INFINITY, () => assert.fail('fired'))
  assert.equal(await clock.advanceToNext(), false)
  assert.equal(await clock.until(() => false, Number.POSITIVE_INFINITY), false)
  await clock.advance(5)
  assert.equal(clock.monotonicMs(), 5)
})
