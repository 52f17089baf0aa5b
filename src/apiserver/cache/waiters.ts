import type { Clock } from '#lib'

/** Those who wait for the caches to reflect a revision. */
export interface Waiters {
  /** Resolves when `release` reaches the revision; rejects when `limitMs` has passed before. */
  wait(revision: number, limitMs: number): Promise<void>
  /** As `wait`, for as long as it takes: the revision exists, only the caches lag. */
  waitFor(revision: number): Promise<void>
  release(revision: number): void
  /** Rejects all who still wait. */
  end(error: Error): void
}

interface Waiter {
  readonly revision: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** `late` makes the error for one who has waited too long for a revision. */
export function createWaiters(clock: Clock, late: (revision: number) => Error): Waiters {
  const waiting = new Set<Waiter>()
  const waitFor = (revision: number) =>
    new Promise<void>((resolve, reject) => void waiting.add({ revision, resolve, reject }))
  return {
    waitFor,
    wait: (revision, limitMs) =>
      new Promise((resolve, reject) => {
        const timer = clock.timer(limitMs, () => {
          waiting.delete(waiter)
          reject(late(revision))
        })
        const settled = (settle: () => void) => {
          timer[Symbol.dispose]()
          settle()
        }
        const waiter: Waiter = {
          revision,
          resolve: () => settled(resolve),
          reject: (error) => settled(() => reject(error)),
        }
        waiting.add(waiter)
      }),
    release(revision) {
      for (const waiter of waiting) {
        if (waiter.revision > revision) continue
        waiting.delete(waiter)
        waiter.resolve()
      }
    },
    end(error) {
      for (const waiter of waiting) waiter.reject(error)
      waiting.clear()
    },
  }
}
