/**
 * How often a key is reconciled at most, so that the thousand changes that a thousand pods make
 * together cost a few looks and a few statuses instead of a thousand each. In upstream the time that
 * calls to the API take, and the client's rate limit, have the same effect; here a call takes almost
 * no time, in a simulation none at all. What changes now and then is looked at at once.
 */
export const maxReconciles = 10
export const windowMs = 50

/** How often keys were reconciled just now. Remembers none for longer than its window. */
export interface Pace {
  reconciled(key: string, nowMs: number): void
  /** How long the key has to wait; 0 when it may be reconciled now. */
  waitMs(key: string, nowMs: number): number
}

interface Window {
  readonly endMs: number
  reconciles: number
}

export function createPace(): Pace {
  // All windows are equally long: the order in which they began is that in which they end.
  const windows = new Map<string, Window>()
  const forget = (nowMs: number) => {
    for (const [key, { endMs }] of windows) {
      if (endMs > nowMs) return
      windows.delete(key)
    }
  }
  return {
    reconciled(key, nowMs) {
      forget(nowMs)
      const window = windows.get(key) ?? { endMs: nowMs + windowMs, reconciles: 0 }
      window.reconciles++
      windows.set(key, window)
    },
    waitMs(key, nowMs) {
      const window = windows.get(key)
      return window && window.reconciles >= maxReconciles ? Math.max(0, window.endMs - nowMs) : 0
    },
  }
}
