/** Exponential back-off per key: `initialMs`, doubling, up to `maxMs`. */
export interface BackOff {
  /** Counts one more failure of `key` and gives the delay before the next try. */
  next(key: string): number
  /** Failures of `key` since it was last forgotten. */
  failures(key: string): number
  forget(key: string): void
}

/** Makes an exponential back-off that counts failures by key; times are in milliseconds. */
export function createBackOff(options: {
  readonly initialMs: number
  readonly maxMs: number
  readonly factor?: number
}): BackOff {
  const { initialMs, maxMs, factor = 2 } = options
  const failures = new Map<string, number>()
  return {
    next(key) {
      const count = failures.get(key) ?? 0
      failures.set(key, count + 1)
      return Math.min(maxMs, initialMs * factor ** count)
    },
    failures: (key) => failures.get(key) ?? 0,
    forget: (key) => void failures.delete(key),
  }
}
