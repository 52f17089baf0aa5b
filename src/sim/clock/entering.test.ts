import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, type VirtualClock } from '#lib'
import { createTimeDriver, type TimeDriver } from './time-driver.ts'

function world() {
  const virtual = createVirtualClock()
  const wall = createVirtualClock()
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  const timeDriver = createTimeDriver({ virtual, wall, startsPaused: true, onFailure })
  return { virtual, timeDriver }
}

/** Work of so many pieces at one instant, each of which notes that it has run. */
async function busy(virtual: VirtualClock, pieces: number, done: string[]): Promise<void> {
  for (let piece = 0; piece < pieces; piece++) {
    await virtual.turn()
    done.push(`piece ${piece}`)
  }
}

function later(virtual: VirtualClock, pieces: number, done: string[]): void {
  virtual.timer(10, () => void busy(virtual, pieces, done))
}

async function entered(timeDriver: TimeDriver, done: string[]): Promise<number | undefined> {
  return timeDriver.enterBetween(async ({ piece }) => {
    done.push('input')
    return piece
  })
}

test('input goes before what is left of a busy instant', async () => {
  const { virtual, timeDriver } = world()
  await using _ = timeDriver
  const done: string[] = []
  later(virtual, 1000, done)
  const advanced = timeDriver.advance(20)
  while (done.length < 10) await new Promise((resolve) => setImmediate(resolve))
  const piece = await entered(timeDriver, done)
  assert.ok(piece !== undefined && piece >= 64 && piece < 1000, String(piece))
  assert.notEqual(done.at(-1), 'piece 999')
  await advanced
  assert.equal(done.length, 1001)
})

test('input that comes to a short instant waits for its end', async () => {
  const { virtual, timeDriver } = world()
  await using _ = timeDriver
  const done: string[] = []
  later(virtual, 20, done)
  const advanced = timeDriver.advance(20)
  assert.equal(await entered(timeDriver, done), undefined)
  await advanced
  assert.ok(done[0] === 'input' || done[20] === 'input', done.join())
})

test('input enters again where it entered, to the piece', async () => {
  const { virtual, timeDriver } = world()
  await using _ = timeDriver
  const done: string[] = []
  later(virtual, 1000, done)
  const second = timeDriver.enterAgain({ atMs: 10, piece: 500 }, async () => {
    done.push('input')
  })
  const never = timeDriver.enterAgain({ atMs: 15, piece: 1 }, async () => {
    done.push('never')
  })
  await timeDriver.advance(20)
  // The first piece of the instant is the timer, the second begins the work.
  assert.equal(done.indexOf('input'), 499)
  assert.deepEqual([second.hasEntered, never.hasEntered], [true, false])
  never[Symbol.dispose]()
  assert.equal(await timeDriver.enterBetween(async ({ piece }) => piece), undefined)
  assert.ok(!done.includes('never'))
})
