/** Upstream's image back-off: 10 s doubling to 5 minutes; forgotten after twice the longest. */
const initialMs = 10_000
const longestMs = 300_000

interface Entry {
  readonly delayMs: number
  readonly sinceMs: number
  readonly failure: string
}

export interface ImageBackOff {
  /** Milliseconds until the next try, and why the last failed; undefined when it may be tried now. */
  waiting(
    key: string,
    nowMs: number,
  ): { readonly remainingMs: number; readonly failure: string } | undefined
  failed(key: string, failure: string, nowMs: number): void
  forget(keyPrefix: string): void
}

export function createImageBackOff(): ImageBackOff {
  const entries = new Map<string, Entry>()
  return {
    waiting(key, nowMs) {
      const entry = entries.get(key)
      const remainingMs = entry ? entry.sinceMs + entry.delayMs - nowMs : 0
      return entry && remainingMs > 0 ? { remainingMs, failure: entry.failure } : undefined
    },
    failed(key, failure, nowMs) {
      const held = entries.get(key)
      const fresh = !held || nowMs - held.sinceMs > 2 * longestMs
      const delayMs = fresh ? initialMs : Math.min(longestMs, held.delayMs * 2)
      entries.set(key, { delayMs, sinceMs: nowMs, failure })
    },
    forget(keyPrefix) {
      for (const key of entries.keys()) if (key.startsWith(keyPrefix)) entries.delete(key)
    },
  }
}
