import type { Clock } from '../clock/clock.ts'
import { type BackOff, createBackOff } from './back-off.ts'
import type { WorkQueueMetrics } from './work-queue-metrics.ts'

/**
 * A queue of keys with client-go's guarantees: a key stands in it at most once, is never handed to
 * two workers at the same time, and if it is added while being worked on it is handed out again
 * afterwards.
 */
export interface WorkQueue {
  add(key: string): void
  /** Adds after a delay; the earliest of several delays for a key wins. */
  addAfter(key: string, afterMs: number): void
  /** Adds after this key's own exponential back-off. */
  addRateLimited(key: string): void
  /** Resets the back-off of `key`. */
  forget(key: string): void
  failures(key: string): number
  /** Waits for a key. Undefined once the queue is closed. Every key must be given back by `done`. */
  take(): Promise<string | undefined>
  done(key: string): void
  close(): void
  readonly length: number
}

interface Delayed {
  readonly dueMs: number
  readonly timer: Disposable
}

/** client-go's per-item defaults (`DefaultTypedControllerRateLimiter`): 5 ms doubling to 1000 s. */
const defaultBackOff = { initialMs: 5, maxMs: 1_000_000 }

/** Makes an empty work queue; failed keys are given back after the back-off. */
export function createWorkQueue(
  clock: Clock,
  backOff: BackOff = createBackOff(defaultBackOff),
  metrics?: WorkQueueMetrics,
): WorkQueue {
  const waiting = new Set<string>()
  const working = new Set<string>()
  const dirty = new Set<string>()
  const delayed = new Map<string, Delayed>()
  const takers: ((key: string | undefined) => void)[] = []
  let closed = false

  const handOut = (key: string) => {
    working.add(key)
    metrics?.taken(key)
    return key
  }
  const add = (key: string) => {
    if (closed) return
    metrics?.added(key)
    if (working.has(key)) {
      dirty.add(key)
      return
    }
    const taker = waiting.has(key) ? undefined : takers.shift()
    if (taker) taker(handOut(key))
    else waiting.add(key)
  }
  const addAfter = (key: string, afterMs: number) => {
    if (closed) return
    if (afterMs <= 0) return add(key)
    metrics?.retried()
    const dueMs = clock.monotonicMs() + afterMs
    const earlier = delayed.get(key)
    if (earlier && earlier.dueMs <= dueMs) return
    earlier?.timer[Symbol.dispose]()
    const timer = clock.timer(afterMs, () => {
      delayed.delete(key)
      add(key)
    })
    delayed.set(key, { dueMs, timer })
  }

  return {
    add,
    addAfter,
    addRateLimited: (key) => addAfter(key, backOff.next(key)),
    forget: (key) => backOff.forget(key),
    failures: (key) => backOff.failures(key),
    take() {
      const [key] = waiting
      if (key !== undefined) {
        waiting.delete(key)
        return Promise.resolve(handOut(key))
      }
      if (closed) return Promise.resolve(undefined)
      return new Promise((resolve) => takers.push(resolve))
    },
    done(key) {
      working.delete(key)
      metrics?.done(key)
      // It was counted when it was added.
      if (dirty.delete(key)) add(key)
    },
    close() {
      closed = true
      for (const { timer } of delayed.values()) timer[Symbol.dispose]()
      delayed.clear()
      waiting.clear()
      metrics?.cleared()
      for (const taker of takers.splice(0)) taker(undefined)
    },
    get length() {
      return waiting.size
    },
  }
}
