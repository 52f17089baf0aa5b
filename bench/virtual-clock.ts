/**
 * What virtual time costs: turns, timers that are set, fired and cancelled, sleeps.
 *
 *     node bench/virtual-clock.ts [TIMERS]
 */
import { createVirtualClock, seededRandom, systemClock } from '#lib'

const count = Number(process.argv[2] ?? 1_000_000)
const nowMs = systemClock.monotonicMs

async function measure(name: string, work: () => Promise<void> | void): Promise<void> {
  const start = nowMs()
  await work()
  const took = nowMs() - start
  const each = Math.round((took * 1e6) / count)
  console.log(`${name}: ${count} in ${(took / 1000).toFixed(2)} s, ${each} ns each`)
}

async function measureTimers(kind: string, delayMs: () => number): Promise<void> {
  const clock = createVirtualClock()
  let fired = 0
  await measure(`timers set, ${kind}`, () => {
    for (let i = 0; i < count; i++) clock.timer(delayMs(), () => fired++)
  })
  await measure(`timers fired, ${kind}`, () => clock.advance(600_000))
  if (fired !== count) throw new Error(`${fired} of ${count} timers fired`)
}

async function measureLoops(kind: string, pause: 'turn' | 'sleep'): Promise<void> {
  const clock = createVirtualClock({ liveLockLimit: count * 2 })
  const loop = async () => {
    for (let i = 0; i < count / 100; i++)
      await (pause === 'turn' ? clock.turn() : clock.sleep(1000))
  }
  await measure(`${kind} by 100 loops`, async () => {
    const loops = Promise.all(Array.from({ length: 100 }, loop))
    await clock.advance(count * 10)
    await loops
  })
}

const random = seededRandom('bench')
await measureTimers('at random instants', () => random.next() * 600_000)
await measureTimers('at whole seconds', () => Math.floor(random.next() * 600) * 1000)
await measure('timers set and cancelled', () => {
  const clock = createVirtualClock()
  for (let i = 0; i < count; i++) clock.timer(random.next() * 30_000, () => {})[Symbol.dispose]()
})
await measureLoops('turns', 'turn')
await measureLoops('sleeps', 'sleep')
