/** Upstream's crash-loop curve: 10 s, doubling to 5 minutes. */
const initialMs = 10_000
const longestMs = 300_000
/** What is known of a container is forgotten this long after it was last started. */
const forgottenAfterMs = 600_000

interface Entry {
  readonly backOffMs: number
  /** When the container was last started again: that is what the curve is reset by. */
  readonly startedMs: number
}

/**
 * How long a container that keeps ending has to wait (upstream: doBackOff over flowcontrol.Backoff).
 * The first restart is immediate. A container that ran for more than ten minutes starts the curve
 * anew; time that it spent waiting is no running. Keys hold the image, so a new image starts anew too.
 */
export interface CrashBackOff {
  /** Milliseconds still to wait after an end at `endedMs`; 0 when it may start now. */
  remainingMs(key: string, endedMs: number, nowMs: number): number
  /** The current delay, for messages. */
  delayMs(key: string): number
  /** Counts the start that is about to be made. */
  count(key: string, nowMs: number): void
  forget(keyPrefix: string): void
}

export function createCrashBackOff(): CrashBackOff {
  const entries = new Map<string, Entry>()
  return {
    remainingMs(key, endedMs, nowMs) {
      const entry = entries.get(key)
      if (!entry) return 0
      // Upstream's housekeeping forgets an entry even while a container waits by it.
      const overMs = Math.min(endedMs + entry.backOffMs, entry.startedMs + forgottenAfterMs)
      return Math.max(0, overMs - nowMs)
    },
    delayMs: (key) => entries.get(key)?.backOffMs ?? 0,
    count(key, nowMs) {
      const entry = entries.get(key)
      const isFresh = !entry || nowMs - entry.startedMs >= forgottenAfterMs
      const backOffMs = isFresh ? initialMs : Math.min(longestMs, entry.backOffMs * 2)
      entries.set(key, { backOffMs, startedMs: nowMs })
    },
    forget(keyPrefix) {
      for (const key of entries.keys()) if (key.startsWith(keyPrefix)) entries.delete(key)
    },
  }
}
