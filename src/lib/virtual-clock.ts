import { type Clock, sleepOn } from './clock.ts'
import { createHeap } from './heap.ts'
import { type Random, randomInt, seededRandom } from './random.ts'

/**
 * A Clock whose time moves only when it is told to: it lets all runnable work finish, then jumps to
 * the next timer. Work that is ready at the same instant (turns, and timers due together) runs in
 * an order drawn from the seed, so a sweep over seeds finds code that depends on luck.
 *
 * "All runnable work" is one macrotask: it drains every promise chain, provided that nothing does
 * real I/O. The simulation's guard proves the proviso.
 */
export interface VirtualClock extends Clock {
  /** Runs what is ready now, without moving time. */
  settle(): Promise<void>
  /** Moves time forward by `ms`, firing every timer on the way at its own instant. */
  advance(ms: number): Promise<void>
  /** Jumps to the next timer that is due within `limitMs` and settles. False if there is none. */
  advanceToNext(limitMs?: number): Promise<boolean>
  /**
   * Goes from timer to timer until `condition` holds, at most `limitMs` ahead.
   * Resolves to whether it held; time then stands at the first instant at which it did.
   */
  until(condition: () => boolean, limitMs: number): Promise<boolean>
  /** Timers that are set and not cancelled. */
  readonly pendingTimers: number
}

export interface VirtualClockOptions {
  readonly random?: Random
  /** Wall time at the start; default 2026-01-01T00:00:00Z. */
  readonly startWallMs?: number
}

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly serial: number
  fire: (() => void) | undefined
}

const defaultStartWallMs = 1_767_225_600_000

export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const random = options.random ?? seededRandom('virtual-clock')
  const startWallMs = options.startWallMs ?? defaultStartWallMs
  const timers = createHeap<Timer>(firesBefore)
  const turns: (() => void)[] = []
  let nowMs = 0
  let serial = 0
  let pending = 0

  const settle = async () => {
    for (;;) {
      await macrotask()
      const turn = takeAny(turns, random)
      if (turn === undefined) return
      turn()
    }
  }

  const nextTimer = () => {
    while (timers.peek()?.fire === undefined && timers.size > 0) timers.pop()
    return timers.peek()
  }

  const jumpToNext = async (untilMs: number) => {
    const next = nextTimer()
    if (next === undefined || next.atMs > untilMs) return false
    nowMs = Math.max(nowMs, next.atMs)
    timers.pop()
    pending--
    const fire = next.fire
    next.fire = undefined
    fire?.()
    await settle()
    return true
  }

  const clock: VirtualClock = {
    monotonicMs: () => nowMs,
    wallMs: () => startWallMs + nowMs,
    timer(afterMs, fire) {
      const timer: Timer = {
        atMs: nowMs + Math.max(0, afterMs),
        order: random.next(),
        serial: serial++,
        fire,
      }
      timers.push(timer)
      pending++
      return {
        [Symbol.dispose]: () => {
          if (timer.fire === undefined) return
          timer.fire = undefined
          pending--
        },
      }
    },
    sleep: (ms, signal) => sleepOn(clock, ms, signal),
    turn: () => new Promise((resolve) => turns.push(resolve)),
    settle,
    advance: async (ms) => void (await clock.until(() => false, ms)),
    async advanceToNext(limitMs = Number.POSITIVE_INFINITY) {
      await settle()
      return jumpToNext(nowMs + limitMs)
    },
    async until(condition, limitMs) {
      const untilMs = nowMs + limitMs
      await settle()
      while (!condition()) {
        if (!(await jumpToNext(untilMs))) {
          nowMs = Math.max(nowMs, untilMs)
          await settle()
          return condition()
        }
      }
      return true
    },
    get pendingTimers() {
      return pending
    },
  }
  return clock
}

function firesBefore(a: Timer, b: Timer): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  if (a.order !== b.order) return a.order < b.order
  return a.serial < b.serial
}

/** Removes one item, chosen by the seed; the last takes its place, so that it costs O(1). */
function takeAny<T>(items: T[], random: Random): T | undefined {
  if (items.length <= 1) return items.pop()
  const at = randomInt(random, items.length)
  const taken = items[at]
  const last = items.pop() as T
  if (at < items.length) items[at] = last
  return taken
}

// Captured before a simulation's guard replaces it: this is the one macrotask a simulation needs.
const setImmediateOfNode = globalThis.setImmediate

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediateOfNode(resolve))
}
