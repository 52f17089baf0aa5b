import type { StoredChange, StoredValue } from '#store'
import { weightOf } from '#store'
import { type StoredReading, stamped } from '../stored/stamped.ts'
import { createUnreadableValues, type UnreadableValues } from '../stored/unreadable.ts'
import { CacheEvent } from './cache-event.ts'
import { createWatchHistory, type WatchHistory } from './history.ts'
import {
  createObjectSet,
  type FieldIndexes,
  type ObjectSet,
  type ObjectSetOptions,
} from './object-set.ts'
import { createWatchers } from './watchers.ts'

export interface CacheContentsOptions extends ObjectSetOptions {
  readonly indexes: FieldIndexes
  readonly reading: StoredReading
}

/** What a cache holds: the objects of a resource, their last changes, and who follows these. */
export interface CacheContents {
  readonly objects: ObjectSet
  readonly history: WatchHistory
  readonly watchers: ReturnType<typeof createWatchers>
  readonly unreadable: UnreadableValues
  apply(revision: number, change: StoredChange): void
  replace(revision: number, values: readonly StoredValue[]): void
}

export function createCacheContents(options: CacheContentsOptions): CacheContents {
  const { indexes, reading } = options
  const objects = createObjectSet(options)
  const history = createWatchHistory(0)
  const watchers = createWatchers(indexes)
  const unreadable = createUnreadableValues(
    ({ value, modified }) => stamped(value, modified, reading),
    (key, object) => {
      objects.set(key, object)
      // Nobody was told of it: watches from before are for the store to answer.
      history.restart(history.newest)
    },
  )
  return {
    objects,
    history,
    watchers,
    unreadable,
    apply(revision, { key, before, after }) {
      const wasUnreadable = unreadable.drop(key)
      const read = after && unreadable.read({ ...after, modified: revision })
      if (after && !read) {
        objects.set(key, undefined)
        watchers.end()
        history.restart(revision)
        return
      }
      const previous =
        objects.get(key) ??
        (before && !wasUnreadable ? stamped(before.value, before.modified, reading) : undefined)
      if (!previous && !read) return
      const event = new CacheEvent({ revision, key, before: previous, after: read })
      objects.set(key, read)
      history.add(event, before ? weightOf(before.value) : 0)
      watchers.offer(event)
    },
    replace(revision, values) {
      watchers.end()
      unreadable.clear()
      for (const [key] of [...objects.entries()]) objects.set(key, undefined)
      for (const value of values) {
        const object = unreadable.read(value)
        if (object) objects.set(value.key, object)
      }
      history.restart(revision)
    },
  }
}
