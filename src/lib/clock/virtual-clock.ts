import {
  type RandomState,
  randomInt,
  restoreRandom,
  type SeededRandom,
  seededRandom,
} from '../base/random.ts'
import { type Clock, sleepOn } from './clock.ts'
import { watchForLiveLock } from './live-lock.ts'
import { createTimerQueue, type DueTimer } from './timer-queue.ts'
import { createDrive } from './virtual-drive.ts'

/**
 * A Clock whose time moves only when it is told to: it lets all runnable work finish, then jumps to
 * the next timer. Work that is ready at the same instant (turns, and timers due together) runs in
 * an order drawn from the seed, so a sweep over seeds finds code that depends on luck. Every promise
 * chain is drained between two pieces of such work, provided that nothing does real I/O; the
 * simulation's guard proves the proviso.
 *
 * Whoever moves time hears of what goes wrong: an error thrown by a timer stops the clock where it
 * is and rejects every call that was moving it. Calls may overlap: time moves for all of them, and
 * whatever follows from one that is done runs before time moves on for the others.
 */
export interface VirtualClock extends Clock {
  /** Runs what is ready now, without moving time. */
  settle(): Promise<void>
  /**
   * Moves time forward by `ms`, firing every timer on the way at its own instant. Rejects with the
   * signal's reason when `signal` aborts; time then stands where all work of an instant was done.
   */
  advance(ms: number, signal?: AbortSignal): Promise<void>
  /** Jumps to the next timer that is due within `limitMs` and settles. False if there is none. */
  advanceToNext(limitMs?: number): Promise<boolean>
  /**
   * Goes from instant to instant until `condition` holds, at most `limitMs` ahead. The condition
   * only looks: what follows from it comes after the next timer.
   * Resolves to whether it held; time then stands at the first instant at which it did. Without a
   * limit it gives up when no timer is left.
   */
  until(condition: () => boolean, limitMs: number, signal?: AbortSignal): Promise<boolean>
  /** Timers that are set, not cancelled and not yet due. */
  readonly pendingTimers: number
  /** The instant (`monotonicMs`) of the next timer. */
  readonly nextTimerMs: number | undefined
  /** Pieces of work that have run at this instant so far. */
  readonly pieces: number
  /**
   * Is asked before every piece of work for one that goes before it, whatever the seed says. Whoever gives
   * one decides by what the clock shows alone, or notes down at which piece it was.
   */
  interject(next: () => (() => void) | undefined): void
  /** What a later clock needs to go on from here. Its timers are whoever set them's to set again. */
  save(): VirtualClockState
}

/** The state of a virtual clock is plain data, so that a snapshot can keep it. */
export interface VirtualClockState {
  readonly nowMs: number
  readonly startWallMs: number
  readonly random: RandomState
}

/** What a virtual clock starts from, and what it draws the order of ready work by. */
export interface VirtualClockOptions {
  readonly random?: SeededRandom
  /** Wall time at the start; default 2026-01-01T00:00:00Z. */
  readonly startWallMs?: number
  /** Goes on from a saved clock, in place of `random` and `startWallMs`. */
  readonly from?: VirtualClockState
  /** How many turns and timers may run at one instant before the clock gives up; default 10^6. */
  readonly liveLockLimit?: number
  /** Wraps every timer that fires; a guard enters its simulation here. */
  readonly inside?: (fire: () => void) => void
}

const defaultStartWallMs = 1_767_225_600_000
const defaultLiveLockLimit = 1_000_000

/** Makes a virtual clock, whose time moves only when it is told to. */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { from, inside } = options
  const random = from
    ? restoreRandom(from.random)
    : (options.random ?? seededRandom('virtual-clock'))
  const startWallMs = from?.startWallMs ?? options.startWallMs ?? defaultStartWallMs
  const liveLock = watchForLiveLock(options.liveLockLimit ?? defaultLiveLockLimit)
  const timers = createTimerQueue()
  const ready: DueTimer[] = []
  let nowMs = from?.nowMs ?? 0
  let pieces = 0
  let interjected: (() => (() => void) | undefined) | undefined

  const drive = createDrive({
    nowMs: () => nowMs,
    nextTimerMs: () => timers.firstMs,
    jump: (toMs) => {
      nowMs = toMs
      pieces = 0
    },
    runOne() {
      const first = interjected?.()
      if (first) {
        pieces++
        first()
        return 'input'
      }
      timers.takeDue(nowMs, ready)
      const { fire } = takeAny(ready, random) ?? {}
      if (fire === undefined) return ready.length > 0 ? 'ran' : 'none'
      liveLock.count(nowMs)
      pieces++
      if (inside) inside(fire)
      else fire()
      return 'ran'
    },
  })

  const clock: VirtualClock = {
    monotonicMs: () => nowMs,
    wallMs: () => startWallMs + nowMs,
    timer(afterMs, fire) {
      liveLock.note()
      return timers.add(nowMs + Math.max(0, afterMs || 0), fire)
    },
    sleep: (ms, signal) => sleepOn(clock, ms, signal),
    turn() {
      liveLock.note()
      return new Promise((resolve) => ready.push({ fire: resolve }))
    },
    settle: async () => void (await drive({ untilMs: nowMs })),
    advance: async (ms, signal) => void (await drive({ untilMs: nowMs + ms, signal })),
    async advanceToNext(limitMs = Number.POSITIVE_INFINITY) {
      await drive({ untilMs: nowMs })
      const next = timers.firstMs
      if (next === undefined || next === Number.POSITIVE_INFINITY) return false
      if (next > nowMs + limitMs) return false
      await drive({ untilMs: next })
      return true
    },
    until: (condition, limitMs, signal) => drive({ untilMs: nowMs + limitMs, condition, signal }),
    get pendingTimers() {
      return timers.size
    },
    get nextTimerMs() {
      return timers.firstMs
    },
    get pieces() {
      return pieces
    },
    interject(next) {
      interjected = next
    },
    save: () => ({ nowMs, startWallMs, random: random.state() }),
  }
  return clock
}

/** Removes one item, chosen by the seed; the last takes its place, so that it costs O(1). */
function takeAny<T>(items: T[], random: SeededRandom): T | undefined {
  if (items.length <= 1) return items.pop()
  const at = randomInt(random, items.length)
  const taken = items[at]
  const last = items.pop() as T
  if (at < items.length) items[at] = last
  return taken
}
