import type { CacheEvent } from './cache-event.ts'

/** The last changes of a resource, from which watches resume without asking the store. */
export interface WatchHistory {
  /** Changes after this revision are all here. */
  readonly oldest: number
  /** The revision of the newest change, or of the start. */
  readonly newest: number
  /** `weight` is about how many bytes nobody but the history keeps from now on. */
  add(event: CacheEvent, weight: number): void
  /** Those after a revision, oldest first. */
  after(revision: number): readonly CacheEvent[]
  /** Forgets everything: what comes next follows on `revision`. */
  restart(revision: number): void
}

/** Between this many and twice as many are kept, and fewer where objects are large. */
const keptEvents = 4096
const keptBytes = 64 * 1024 * 1024

export function createWatchHistory(start: number): WatchHistory {
  let events: CacheEvent[] = []
  let bytes = 0
  let oldest = start
  let newest = start
  return {
    get oldest() {
      return oldest
    },
    get newest() {
      return newest
    },
    add(event, weight) {
      newest = event.revision
      events.push(event)
      bytes += weight
      if (events.length < 2 * keptEvents && bytes < 2 * keptBytes) return
      const dropped = Math.min(keptEvents, Math.ceil(events.length / 2))
      oldest = events[dropped - 1]?.revision ?? oldest
      // A revision may hold several changes: those of the oldest are gone as a whole.
      events = events.slice(firstAfter(events, oldest))
      // What is left weighs less, and never more than was counted since the last time.
      bytes = Math.min(bytes / 2, keptBytes)
    },
    after: (revision) => events.slice(firstAfter(events, revision)),
    restart(revision) {
      events = []
      bytes = 0
      oldest = revision
      newest = revision
    },
  }
}

function firstAfter(events: readonly CacheEvent[], revision: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle]?.revision ?? 0) <= revision) low = middle + 1
    else high = middle
  }
  return low
}
