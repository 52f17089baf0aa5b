/** Upstream's crash-loop curve: 10 s, doubling to 5 minutes. */
const initialMs = 10_000
const longestMs = 300_000
/** Having run for longer than this since the last failure resets the curve. */
const resetAfterMs = 600_000

interface Entry {
  readonly backOffMs: number
  /** When the container had last ended, at the time of the last increase. */
  readonly endedMs: number
}

/**
 * How long a container that keeps ending has to wait (upstream: doBackOff over flowcontrol.Backoff).
 * The first restart is immediate. Keys hold the image, so a new image starts the curve anew.
 */
export interface CrashBackOff {
  /** Milliseconds still to wait after an end at `endedMs`; 0 when it may start now. */
  remainingMs(key: string, endedMs: number, nowMs: number): number
  /** The current delay, for messages. */
  delayMs(key: string): number
  /** Counts the start that is about to be made after an end at `endedMs`. */
  count(key: string, endedMs: number): void
  forget(keyPrefix: string): void
}

export function createCrashBackOff(): CrashBackOff {
  const entries = new Map<string, Entry>()
  const current = (key: string, endedMs: number) => {
    const entry = entries.get(key)
    return entry && endedMs - entry.endedMs > resetAfterMs ? undefined : entry
  }
  return {
    remainingMs(key, endedMs, nowMs) {
      const entry = current(key, endedMs)
      return entry ? Math.max(0, endedMs + entry.backOffMs - nowMs) : 0
    },
    delayMs: (key) => entries.get(key)?.backOffMs ?? 0,
    count(key, endedMs) {
      const entry = current(key, endedMs)
      const backOffMs = entry ? Math.min(longestMs, entry.backOffMs * 2) : initialMs
      entries.set(key, { backOffMs, endedMs })
    },
    forget(keyPrefix) {
      for (const key of entries.keys()) if (key.startsWith(keyPrefix)) entries.delete(key)
    },
  }
}
