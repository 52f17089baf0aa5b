import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, createVirtualClock, systemClock, type VirtualClock } from '#lib'
import { createAmbientGuard } from '../guard/guard.ts'
import { createTimeDriver, type TimeDriver, type TimeDriverOptions } from './time-driver.ts'

interface Worlds {
  readonly virtual: VirtualClock
  readonly wall: VirtualClock
  readonly timeDriver: TimeDriver
  readonly failures: unknown[]
  /** Wall time passes and the time driver does what there is to do. */
  pass(ms: number): Promise<void>
}

function worlds(options: Partial<TimeDriverOptions> = {}): Worlds {
  const virtual = createVirtualClock()
  const wall = createVirtualClock()
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  const timeDriver = createTimeDriver({ virtual, wall, onFailure, ...options })
  const pass = async (ms: number) => {
    await timeDriver.enter(async () => {})
    await wall.advance(ms)
    await timeDriver.enter(async () => {})
  }
  return { virtual, wall, timeDriver, failures, pass }
}

test('virtual time follows wall time at the given speed', async () => {
  await using world = disposing(worlds({ speed: 10 }))
  await world.pass(250)
  assert.equal(world.virtual.monotonicMs(), 2500)
  await world.timeDriver.speed(1000)
  await world.pass(3)
  assert.equal(world.virtual.monotonicMs(), 5500)
})

test('timers fire when wall time reaches them, without anybody entering', async () => {
  await using world = disposing(worlds({ speed: 2 }))
  const fired: number[] = []
  for (const ms of [10, 300, 310]) {
    world.virtual.timer(ms, () => fired.push(world.virtual.monotonicMs()))
  }
  await world.pass(0)
  await world.wall.advance(151)
  for (let round = 0; round < 20; round++) await world.wall.settle()
  assert.deepEqual(fired, [10, 300])
})

test('while it is held, time stands for everybody, and input still enters', async () => {
  await using world = disposing(worlds({ speed: 10 }))
  const { virtual, timeDriver } = world
  await world.pass(10)
  const held = timeDriver.hold()
  const advance = timeDriver.advance(500)
  await world.pass(1000)
  assert.equal(virtual.monotonicMs(), 100)
  assert.equal(await timeDriver.enter(async ({ atMs }) => atMs), 100)
  held[Symbol.dispose]()
  await advance
  assert.equal(virtual.monotonicMs(), 600)
  await world.pass(1)
  assert.equal(virtual.monotonicMs(), 610)
})

test('time is carried on for a request only as far as it needs, and not beside who moves it', async () => {
  await using world = disposing(worlds({ startsPaused: true }))
  const { virtual, timeDriver } = world
  let isOver = false
  virtual.timer(20, () => {
    isOver = true
  })
  assert.equal(await timeDriver.untilInBackground(() => isOver, 50), true)
  assert.equal(virtual.monotonicMs(), 20)
  assert.equal(await timeDriver.untilInBackground(() => false, 50), false)
  assert.equal(virtual.monotonicMs(), 70)

  let hasArrived = false
  const carried = timeDriver.untilInBackground(() => hasArrived, 50)
  await timeDriver.advance(1000)
  hasArrived = true
  assert.equal(await carried, true)
  assert.equal(virtual.monotonicMs(), 1070)
})

test('two that are carried do not keep each other from going on', async () => {
  await using world = disposing(worlds({ startsPaused: true }))
  const { virtual, timeDriver } = world
  const done = [30, 40].map((ms) => {
    let isOver = false
    virtual.timer(ms, () => {
      isOver = true
    })
    return timeDriver.untilInBackground(() => isOver, 50)
  })
  assert.deepEqual(await Promise.all(done), [true, true])
  assert.equal(virtual.monotonicMs(), 40)
})

test('paused, a request is served at once and one that waits for time waits', async () => {
  await using world = disposing(worlds({ startsPaused: true }))
  const { virtual, timeDriver } = world
  const served = await timeDriver.enter(async () => {
    for (let hop = 0; hop < 20; hop++) await virtual.turn()
    return virtual.monotonicMs()
  })
  assert.equal(served, 0)
  let watched = false
  const watch = timeDriver
    .enter(() => virtual.sleep(5000))
    .then(() => {
      watched = true
    })
  await world.pass(60_000)
  assert.equal(watched, false)
  await timeDriver.advance(5000)
  await watch
  assert.equal(virtual.monotonicMs(), 5000)
})

test('pausing stops time where it stands and resuming goes on from there', async () => {
  await using world = disposing(worlds())
  await world.pass(100)
  await world.wall.advance(50)
  await world.timeDriver.pause()
  assert.equal(world.virtual.monotonicMs(), 150)
  await world.pass(1000)
  assert.equal(world.virtual.monotonicMs(), 150)
  assert.equal(world.timeDriver.status().isPaused, true)
  await world.timeDriver.resume()
  await world.pass(25)
  assert.equal(world.virtual.monotonicMs(), 175)
})

test('inputs enter one after the other, each drained before the next, and are numbered', async () => {
  await using world = disposing(worlds({ startsPaused: true }))
  const { virtual, timeDriver } = world
  let running = 0
  const input = () =>
    timeDriver.enter(async (at) => {
      assert.equal(running++, 0)
      for (let hop = 0; hop < 5; hop++) await virtual.turn()
      running--
      return at
    })
  const first = await Promise.all([input(), input()])
  await timeDriver.advance(70)
  assert.deepEqual(
    [...first, await input()],
    [
      { atMs: 0, order: 0 },
      { atMs: 0, order: 1 },
      { atMs: 70, order: 2 },
    ],
  )
})

test('an input enters in the middle of a long advance, which then goes on', async () => {
  await using world = disposing(worlds({ startsPaused: true }))
  const { virtual, timeDriver } = world
  let entry: Promise<number> | undefined
  virtual.timer(40, () => {
    entry = timeDriver.enter(async () => virtual.monotonicMs())
  })
  virtual.timer(60, () => {})
  await timeDriver.advance(100)
  assert.equal(await entry, 40)
  assert.equal(virtual.monotonicMs(), 100)
})

test('advances take turns, each counting from its own start', async () => {
  await using world = disposing(worlds({ startsPaused: true }))
  const { virtual, timeDriver } = world
  const ended: number[] = []
  const note = () => ended.push(virtual.monotonicMs())
  let isReady = false
  virtual.timer(130, () => {
    isReady = true
  })
  await Promise.all([
    timeDriver.advance(100).then(note),
    timeDriver.until(() => isReady, 1000).then((held) => assert.equal(held, true)),
    timeDriver.until(() => false, 10).then((held) => assert.equal(held, false)),
    timeDriver.advance(10).then(note),
  ])
  assert.equal(virtual.monotonicMs(), 150)
  assert.equal(ended.at(-1), 150)
})

test('an advance is interrupted by its signal and the next one runs', async () => {
  await using world = disposing(worlds({ startsPaused: true }))
  const { virtual, timeDriver } = world
  const stop = new AbortController()
  virtual.timer(10, () => stop.abort(new Error('enough')))
  await assert.rejects(timeDriver.advance(100, stop.signal), /enough/)
  await timeDriver.advance(5)
  assert.equal(virtual.monotonicMs(), 15)
})

test('a timeDriver that cannot keep up says how far it is behind', async () => {
  const slow = createVirtualClock()
  let workedMs = 0
  const wall: Clock = { ...slow, monotonicMs: () => slow.monotonicMs() + workedMs }
  await using world = disposing(worlds({ wall }))
  for (let ms = 10; ms <= 100; ms += 10) {
    world.virtual.timer(ms, () => {
      workedMs += 50
    })
  }
  workedMs = 10
  const behind: number[] = []
  for (let round = 0; round < 5; round++) {
    await world.timeDriver.enter(async () => behind.push(world.timeDriver.status().behindMs))
  }
  assert.ok(
    behind.every((ms) => ms >= 40),
    behind.join(),
  )
  for (let round = 0; round < 20; round++) await world.timeDriver.enter(async () => {})
  assert.equal(world.virtual.pendingTimers, 0)
  assert.equal(world.timeDriver.status().behindMs, 0)
})

test('a timer that throws pauses the pace and is reported; requests are still served', async () => {
  await using world = disposing(worlds())
  world.virtual.timer(10, () => {
    throw new Error('broken')
  })
  await world.pass(20)
  assert.deepEqual(world.failures.map(String), ['Error: broken'])
  assert.equal(world.timeDriver.status().isPaused, true)
  assert.equal(String(world.timeDriver.status().failure), 'Error: broken')
  await world.timeDriver.resume()
  assert.equal(world.timeDriver.status().failure, undefined)
  await assert.rejects(
    world.timeDriver.enter(() => Promise.reject(new Error('not found'))),
    /not found/,
  )
})

test('under a guard the timeDriver still reads the real clock, and inputs may not', async () => {
  using guard = createAmbientGuard({ isStrict: true })
  const virtual = createVirtualClock({ inside: guard.fire })
  const wall: Clock = { ...createVirtualClock(), monotonicMs: () => systemClock.monotonicMs() }
  const settling = guard.run(() => virtual.settle())
  await using world = disposing(worlds({ virtual, wall, inside: guard.run }))
  await settling
  const served = world.timeDriver.enter(() => virtual.turn())
  await served
  assert.deepEqual(world.failures, [])
  await assert.rejects(
    world.timeDriver.enter(async () => systemClock.wallMs()),
    { code: 'AmbientSource' },
  )
})

test('a stopped timeDriver lets nothing in and ends what was under way', async () => {
  const world = worlds({ startsPaused: true })
  const again = () => void world.virtual.timer(1000, again)
  again()
  const advance = world.timeDriver.until(() => false, Number.POSITIVE_INFINITY)
  await world.timeDriver[Symbol.asyncDispose]()
  await assert.rejects(advance, { code: 'TimeDriverStopped' })
  await assert.rejects(world.timeDriver.advance(1), { code: 'TimeDriverStopped' })
  await assert.rejects(
    world.timeDriver.enter(async () => {}),
    { code: 'TimeDriverStopped' },
  )
})

test('a speed that is none is refused', async () => {
  await using world = disposing(worlds())
  for (const factor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await assert.rejects(world.timeDriver.speed(factor), { code: 'InvalidSpeed' })
  }
})

function disposing(world: Worlds): Worlds & AsyncDisposable {
  return { ...world, [Symbol.asyncDispose]: () => world.timeDriver[Symbol.asyncDispose]() }
}
