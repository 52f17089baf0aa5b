const maxSeconds = 32

/** When whoever was turned away may come again, in seconds. */
export interface RetryAfter {
  /** Takes note that somebody was turned away now. */
  note(nowMs: number): number
}

/**
 * Doubles while many are turned away, and falls by one when few are; it looks at as many past seconds as
 * it asks to wait (upstream: `DroppedRequestsTracker`).
 */
export function retryAfter(): RetryAfter {
  let [seconds, raisedAt, current, count] = [1, 0, 0, 0]
  let past: readonly { readonly second: number; readonly count: number }[] = []
  const adjust = (now: number) => {
    const inWindow = past.filter((each) => now - each.second <= seconds)
    const dropped = inWindow.reduce((sum, each) => sum + each.count, 0)
    if (now - raisedAt >= seconds && dropped >= 3 * seconds) {
      seconds = Math.min(2 * seconds, maxSeconds)
      raisedAt = now
    } else if (dropped < seconds && seconds > 1) seconds--
  }
  return {
    note(nowMs) {
      const now = Math.floor(nowMs / 1000)
      if (now === current) count++
      else {
        const since = Math.min(2 * seconds, maxSeconds)
        past = [...past, { second: current, count }].filter(({ second }) => now - second <= since)
        ;[current, count] = [now, 1]
        adjust(now)
      }
      return seconds
    },
  }
}
