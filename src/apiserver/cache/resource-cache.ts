import { type Channel, createChannel } from '#lib'
import type { Encoded, Stored, WatchFrame } from '#machinery'
import type { StoredChange, StoredValue } from '#store'
import { bookmarkFrame } from './bookmark.ts'
import { type CacheContentsOptions, createCacheContents } from './contents.ts'
import type { ObjectSet } from './object-set.ts'
import type { Selection } from './selection.ts'
import type { Watcher, WatchScope } from './watchers.ts'

/** The objects of one resource as they stand, and the changes that led there. */
export interface ResourceCache {
  readonly size: number
  watchersByScope(): ReadonlyMap<WatchScope, number>
  /** Frames that watchers have been given so far. */
  readonly framesSent: number
  /** Watches can begin after this revision or any later one. */
  readonly oldest: number
  /** When the newest change was; lists at any revision from here on are what stands now. */
  readonly newest: number
  /** The namespace is empty or absent for cluster-scoped objects. */
  get(namespace: string | undefined, name: string): Encoded<Stored> | undefined
  /** In key order. */
  list(selection: Selection): readonly Encoded<Stored>[]
  /** At most `limit` of them from a key on, in key order; the work is that of the page. */
  page(selection: Selection, from: string, limit: number): CachePage
  /** Those with this value of a field, in key order; undefined for a field without index. */
  byField(field: string, value: string): readonly Encoded<Stored>[] | undefined
  values(): Iterable<Encoded<Stored>>
  /**
   * Follows the changes from now on; what went before comes first, as `start` says. `ended` is
   * called when it is over, whoever ended it.
   */
  watch(
    selection: Selection,
    start: WatchStart,
    signal: AbortSignal,
    ended?: () => void,
  ): CacheWatch
  apply(revision: number, change: StoredChange): void
  /** Takes what stands in the store in place of what is held, after a gap in the changes. */
  replace(revision: number, values: readonly StoredValue[]): void
  /** Tells watchers that want it, and do not know it yet, how far the cache has seen. */
  bookmark(revision: number): void
  endWatches(): void
}

/** A part of a list. */
interface CachePage {
  readonly items: readonly Encoded<Stored>[]
  /** How many follow: all of them for a plain selection, else at most one. */
  readonly beyond: number
  /** The key of the last item where more follow. */
  readonly lastKey: string
}

interface WatchStart {
  /** Begin with the changes after this revision; undefined: with what stands, as ADDED frames. */
  readonly after: number | undefined
  /** The revision that the cache has seen. */
  readonly revision: number
  /** Whether the watcher takes bookmarks, the one that ends its initial frames included. */
  readonly bookmarks: boolean
  readonly endsInitialEvents?: boolean
}

/** Ends when the signal aborts, when `end` is called, and when its reader falls too far behind. */
interface CacheWatch {
  readonly frames: AsyncIterable<WatchFrame>
  /** Says how far the watch has seen, to a watcher that takes bookmarks. */
  bookmark(revision: number): void
  end(): void
}

export interface ResourceCacheOptions extends CacheContentsOptions {
  /** What bookmarks say they are. */
  readonly apiVersion: string
  readonly kind: string
}

/** Frames that a watcher may be behind. One that falls further is ended, and resumes where it was. */
const watcherCapacity = 16_384

export function createResourceCache(options: ResourceCacheOptions): ResourceCache {
  const { indexes, prefix, isClusterScoped } = options
  const contents = createCacheContents(options)
  const { objects, history, watchers, unreadable } = contents
  let sent = 0
  const onSent = (frames: number) => {
    sent += frames
  }
  const refuseIn = (namespace = '') =>
    unreadable.refuseBelow(isClusterScoped || namespace === '' ? prefix : `${prefix}${namespace}/`)
  const initialFrames = (selection: Selection, start: WatchStart): readonly WatchFrame[] => {
    if (start.after !== undefined) {
      const events = history.after(start.after)
      return events.map((event) => event.frameFor(selection)).filter((frame) => frame !== undefined)
    }
    const frames: WatchFrame[] = []
    for (const object of objects.select(selection)) {
      if (selection.matches(object.object)) frames.push({ type: 'ADDED', object })
    }
    if (start.endsInitialEvents && start.bookmarks) {
      frames.push(bookmarkFrame(options, start.revision, true))
    }
    return frames
  }

  return {
    get size() {
      return objects.size
    },
    watchersByScope: watchers.byScope,
    get framesSent() {
      return sent
    },
    get oldest() {
      return history.oldest
    },
    get newest() {
      return history.newest
    },
    get(namespace, name) {
      const found = objects.named(namespace, name)
      if (found) return found
      unreadable.refuseKey(
        `${prefix}${namespace && !isClusterScoped ? `${namespace}/` : ''}${name}`,
      )
      return objects.named(namespace, name)
    },
    list(selection) {
      refuseIn(selection.namespace)
      return pageOf(objects, selection).items
    },
    page(selection, from, limit) {
      refuseIn(selection.namespace)
      return pageOf(objects, selection, from, limit)
    },
    byField(field, value) {
      refuseIn()
      return Object.hasOwn(indexes, field) ? objects.byField(field, value) : undefined
    },
    values() {
      refuseIn()
      return objects.values()
    },
    apply: contents.apply,
    replace: contents.replace,
    watch(selection, start, signal, ended) {
      refuseIn(selection.namespace)
      let leave = () => {}
      const first = initialFrames(selection, start)
      onSent(first.length)
      const channel = createChannel<WatchFrame>(watcherCapacity, {
        signal,
        first,
        onEnd: () => {
          leave()
          ended?.()
        },
      })
      const watcher = createWatcher({ selection, start, channel, onSent })
      if (!signal.aborted) leave = watchers.join(watcher)
      return {
        frames: channel,
        bookmark: (revision) =>
          watcher.bookmark?.(revision, () => bookmarkFrame(options, revision)),
        end: channel.close,
      }
    },
    bookmark: (revision) => watchers.bookmark(revision, () => bookmarkFrame(options, revision)),
    endWatches: watchers.end,
  }
}

function pageOf(
  objects: ObjectSet,
  selection: Selection,
  from = '',
  limit = Number.POSITIVE_INFINITY,
): CachePage {
  const items: Encoded<Stored>[] = []
  let lastKey = ''
  let beyond = 0
  for (const [key, object] of objects.selectFrom(selection, from)) {
    const isFull = items.length >= limit
    if (isFull && selection.isPlain) beyond++
    else if (!selection.isPlain && !selection.matches(object.object)) continue
    else if (isFull) return { items, beyond: 1, lastKey }
    else {
      items.push(object)
      lastKey = key
    }
  }
  return { items, beyond, lastKey }
}

interface NewWatcher {
  readonly selection: Selection
  readonly start: WatchStart
  readonly channel: Channel<WatchFrame>
  readonly onSent: (frames: number) => void
}

function createWatcher({ selection, start, channel, onSent }: NewWatcher): Watcher {
  let seen = start.revision
  return {
    selection,
    take(frame, revision) {
      seen = revision
      onSent(1)
      return channel.push(frame)
    },
    end: channel.close,
    ...(start.bookmarks && {
      bookmark(revision: number, frame: () => WatchFrame) {
        if (seen >= revision) return
        seen = revision
        onSent(1)
        channel.push(frame())
      },
    }),
  }
}
