import type { WatchFrame } from '#machinery'
import type { CacheEvent } from './cache-event.ts'
import { type FieldIndexes, indexedField } from './object-set.ts'
import type { Selection } from './selection.ts'

export interface Watcher {
  readonly selection: Selection
  /** Takes a frame without waiting; false ends the watch. */
  readonly take: (frame: WatchFrame, revision: number) => boolean
  /** Ends the watch; the client may resume it where it was. */
  readonly end: () => void
  /** Takes a bookmark unless the watch has seen as much; absent when it wants none. */
  readonly bookmark?: (revision: number, frame: () => WatchFrame) => void
}

/** How much a watch is about. */
export type WatchScope = 'resource' | 'namespace' | 'cluster'

/** Watchers by what they watch, so that a change is offered only to those whom it may concern. */
export interface Watchers {
  readonly count: number
  /** How many watch one object, a namespace or the cluster. */
  byScope(): ReadonlyMap<WatchScope, number>
  /** Gives the way to leave again. */
  join(watcher: Watcher): () => void
  offer(event: CacheEvent): void
  /** Offers a bookmark to all who want any; its frame is made once, if anybody takes it. */
  bookmark(revision: number, makeFrame: () => WatchFrame): void
  /** Ends all watches. */
  end(): void
}

export function createWatchers(indexes: FieldIndexes): Watchers {
  const buckets = new Map<string, Set<Watcher>>()
  const takers = new Set<Watcher>()
  let count = 0
  return {
    get count() {
      return count
    },
    byScope() {
      const counts = new Map<WatchScope, number>()
      for (const bucket of buckets.values()) {
        for (const { selection } of bucket) {
          const scope = scopeOf(selection)
          counts.set(scope, (counts.get(scope) ?? 0) + 1)
        }
      }
      return counts
    },
    join(watcher) {
      const id = bucketOf(watcher.selection, indexes)
      const bucket = buckets.get(id) ?? new Set<Watcher>()
      buckets.set(id, bucket.add(watcher))
      if (watcher.bookmark) takers.add(watcher)
      count++
      return () => {
        if (!bucket.delete(watcher)) return
        takers.delete(watcher)
        count--
        if (bucket.size === 0 && buckets.get(id) === bucket) buckets.delete(id)
      }
    },
    offer(event) {
      for (const id of bucketsOf(event, indexes)) {
        for (const watcher of buckets.get(id) ?? []) {
          const frame = event.frameFor(watcher.selection)
          if (frame && !watcher.take(frame, event.revision)) watcher.end()
        }
      }
    },
    bookmark(revision, makeFrame) {
      let frame: WatchFrame | undefined
      const shared = () => {
        frame ??= makeFrame()
        return frame
      }
      for (const watcher of takers) watcher.bookmark?.(revision, shared)
    },
    end() {
      for (const bucket of buckets.values()) for (const watcher of bucket) watcher.end()
    },
  }
}

function scopeOf({ name, namespace }: Selection): WatchScope {
  if (name !== undefined) return 'resource'
  return namespace ? 'namespace' : 'cluster'
}

/** The narrowest bucket that all matches of a selection fall into. */
function bucketOf(selection: Selection, indexes: FieldIndexes): string {
  const { namespace = '', name } = selection
  if (name !== undefined) return `name/${name}`
  const field = indexedField(selection, indexes)
  if (field) return `field/${field.name}/${field.value}`
  return namespace === '' ? 'all' : `namespace/${namespace}`
}

/** Every bucket whose watchers the event may concern; an index may find it by either state. */
function bucketsOf({ before, after }: CacheEvent, indexes: FieldIndexes): Iterable<string> {
  const { namespace, name } = (after ?? before)?.object.metadata ?? {}
  const ids = new Set(['all', `name/${name}`])
  if (namespace) ids.add(`namespace/${namespace}`)
  for (const [field, read] of Object.entries(indexes)) {
    for (const state of [before, after]) if (state) ids.add(`field/${field}/${read(state.object)}`)
  }
  return ids
}
