import type { Channel } from '#lib'
import type { WatchFrame } from '#machinery'
import type { Selection } from './selection.ts'

export interface Watcher {
  readonly selection: Selection
  readonly channel: Channel<WatchFrame>
  readonly bookmarks: boolean
}

/** Watchers by what they watch, so that a change is offered only to those whom it may concern. */
export function createWatchers() {
  const buckets = new Map<string, Set<Watcher>>()
  let count = 0
  return {
    get count() {
      return count
    },
    /** Gives the way to leave again. */
    join(id: string, watcher: Watcher): () => void {
      const bucket = buckets.get(id) ?? new Set<Watcher>()
      buckets.set(id, bucket.add(watcher))
      count++
      return () => {
        if (!bucket.delete(watcher)) return
        count--
        if (bucket.size === 0 && buckets.get(id) === bucket) buckets.delete(id)
      }
    },
    *in(ids: Iterable<string>): Generator<Watcher> {
      for (const id of ids) yield* buckets.get(id) ?? []
    },
    *all(): Generator<Watcher> {
      for (const bucket of buckets.values()) yield* bucket
    },
  }
}
