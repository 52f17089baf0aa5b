import type { CacheEvent } from './cache-event.ts'

/** The last changes of a resource, from which watches resume without asking the store. */
export interface WatchHistory {
  /** Changes after this revision are all here. */
  readonly oldest: number
  /** The revision of the newest change, or of the start. */
  readonly newest: number
  add(event: CacheEvent): void
  /** Those after a revision, oldest first. */
  after(revision: number): readonly CacheEvent[]
  /** Forgets everything: what comes next follows on `revision`. */
  restart(revision: number): void
}

/** Between this many and twice as many are kept. */
const keptEvents = 4096

export function createWatchHistory(start: number): WatchHistory {
  let events: CacheEvent[] = []
  let oldest = start
  let newest = start
  return {
    get oldest() {
      return oldest
    },
    get newest() {
      return newest
    },
    add(event) {
      newest = event.revision
      events.push(event)
      if (events.length < 2 * keptEvents) return
      oldest = events[keptEvents - 1]?.revision ?? oldest
      // A revision may hold several changes: those of the oldest are gone as a whole.
      events = events.slice(firstAfter(events, oldest))
    },
    after: (revision) => events.slice(firstAfter(events, revision)),
    restart(revision) {
      events = []
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
