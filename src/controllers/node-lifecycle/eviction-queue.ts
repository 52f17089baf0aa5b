/**
 * Nodes of one zone that wait for their eviction taint, let through at a rate with a burst of one
 * (upstream: RateLimitedTimedQueue over a token bucket).
 */
export interface EvictionQueue {
  add(node: string): void
  remove(node: string): void
  setRate(nodesPerSecond: number): void
  /** The next node that may be tainted at `nowMs`, taken out of the queue. */
  take(nowMs: number): string | undefined
  /** When `take` is worth calling again; undefined when nothing waits or the rate is 0. */
  nextMs(nowMs: number): number | undefined
}

export function createEvictionQueue(): EvictionQueue {
  const waiting = new Set<string>()
  let rate = 0
  let freeAtMs = Number.NEGATIVE_INFINITY
  return {
    add: (node) => void waiting.add(node),
    remove: (node) => void waiting.delete(node),
    setRate(nodesPerSecond) {
      rate = nodesPerSecond
    },
    take(nowMs) {
      const [node] = waiting
      if (node === undefined || rate === 0 || nowMs < freeAtMs) return undefined
      waiting.delete(node)
      freeAtMs = nowMs + 1000 / rate
      return node
    },
    nextMs(nowMs) {
      if (waiting.size === 0 || rate === 0) return undefined
      return Math.max(nowMs, freeAtMs)
    },
  }
}
