import type { VirtualClock } from '#lib'

/** A point within an instant that has much to do. */
export interface PiecePoint {
  readonly atMs: number
  /** How many pieces of work of the instant had run. */
  readonly piece: number
}

/** Work that is to enter at a known point. Disposed of, it does not enter any more. */
export interface PlannedEntry extends Disposable {
  readonly hasEntered: boolean
}

/** Work from outside that may go between two pieces of a busy instant, in the order in which it came. */
export interface EnteringQueue {
  /** `run` is told after how many pieces it enters, or undefined at a quiescent point. */
  add(run: (piece: number | undefined) => void, reject: (reason: unknown) => void): void
  /** Adds work that enters at a known point only. */
  plan(at: PiecePoint, run: (piece: number | undefined) => void): PlannedEntry
  /** Takes what may enter at a quiescent point. */
  take(): (() => void) | undefined
  /** Whether something waits that may enter at the next quiescent point. */
  readonly hasWaiting: boolean
  rejectAll(reason: unknown): void
}

interface Entering {
  readonly run: (piece: number | undefined) => void
  readonly reject: (reason: unknown) => void
  /** Where it must enter; absent where it may at any busy instant. */
  readonly at?: PiecePoint
}

/** From so many pieces on an instant is busy, and input does not wait for its end. */
const busyPieces = 64
/** Instants are the same within so many milliseconds: they are sums of numbers with fractions. */
const sameInstantMs = 1e-6

/** Makes the queue, which the clock looks into before each piece of work. */
export function createEnteringQueue(virtual: VirtualClock): EnteringQueue {
  const waiting: Entering[] = []
  const isDue = ({ at }: Entering) => {
    if (!at) return virtual.pieces >= busyPieces
    const isThere = Math.abs(virtual.monotonicMs() - at.atMs) < sameInstantMs
    // One that is late has diverged: it does not enter, and whoever planned it sees that.
    return isThere && virtual.pieces === at.piece
  }
  virtual.interject(() => {
    const [first] = waiting
    if (!first || !isDue(first)) return undefined
    waiting.shift()
    const { pieces } = virtual
    return () => first.run(pieces)
  })
  return {
    add: (run, reject) => void waiting.push({ run, reject }),
    plan(at, run) {
      let hasEntered = false
      const planned: Entering = {
        at,
        run(piece) {
          hasEntered = true
          run(piece)
        },
        reject: () => undefined,
      }
      waiting.push(planned)
      return {
        get hasEntered() {
          return hasEntered
        },
        [Symbol.dispose]() {
          const index = waiting.indexOf(planned)
          if (index >= 0) waiting.splice(index, 1)
        },
      }
    },
    take() {
      if (!waiting[0] || waiting[0].at) return undefined
      const first = waiting.shift()
      return () => first?.run(undefined)
    },
    get hasWaiting() {
      return waiting[0] !== undefined && waiting[0].at === undefined
    },
    rejectAll(reason) {
      for (const { reject } of waiting.splice(0)) reject(reason)
    },
  }
}
