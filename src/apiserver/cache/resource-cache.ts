import { createChannel } from '#lib'
import {
  type Encoded,
  encodedFrom,
  type KubeObject,
  resourceExpired,
  type Stored,
  type WatchFrame,
} from '#machinery'
import type { StoredChange, StoredValue } from '#store'
import { createObjectSet, type FieldIndexes, indexedField, stamped } from './object-set.ts'
import type { Selection } from './selection.ts'
import { createWatchers, type Watcher } from './watchers.ts'

/** One change as watchers see it; `object` of a removal is its last state at the removal's revision. */
interface CacheEvent {
  readonly revision: number
  readonly key: string
  readonly before: Encoded<Stored> | undefined
  readonly after: Encoded<Stored> | undefined
  /** The frame for watchers to whom the change is just what it is, shared by all of them. */
  readonly frame: WatchFrame
  /** The removal, for watchers whose selection the object has left. */
  readonly gone: WatchFrame | undefined
}

/** The last events of a resource that a watch can resume from. */
const historyLimit = 4096
/** Frames a watcher may be behind before it is let go; it then resumes where it was. */
const watcherCapacity = 16_384

/** The objects of one resource as they stand, and the changes that led there. */
export interface ResourceCache {
  get(key: string): Encoded<Stored> | undefined
  /** In key order. */
  list(selection: Selection): readonly Encoded<Stored>[]
  /** Frames after revision `after`; first the objects as they stand when `after` is undefined. */
  watch(selection: Selection, from: WatchStart, signal: AbortSignal): AsyncIterable<WatchFrame>
  apply(revision: number, change: StoredChange): void
  /** Tells watchers that want it how far the cache has seen. */
  bookmark(revision: number): void
  closeWatchers(): void
  readonly watcherCount: number
  readonly size: number
  /** Undefined when the field has no index. */
  byField(field: string, value: string): readonly Encoded<Stored>[] | undefined
  values(): Iterable<Encoded<Stored>>
}

export interface WatchStart {
  /** Undefined: begin with synthetic ADDED frames for what stands. */
  readonly after: number | undefined
  readonly revision: number
  readonly bookmarks: boolean
  /** Ends the initial frames with a bookmark that says so. */
  readonly initialEventsEnd?: boolean
}

export interface ResourceCacheOptions {
  readonly prefix: string
  readonly initial: readonly StoredValue[]
  readonly revision: number
  /** Shape of bookmarks. */
  readonly apiVersion: string
  readonly kind: string
  readonly indexes: FieldIndexes
}

export function createResourceCache(options: ResourceCacheOptions): ResourceCache {
  const { prefix, indexes } = options
  const objects = createObjectSet(prefix, indexes, options.initial)
  const history: CacheEvent[] = []
  const watchers = createWatchers()
  // Watches may resume from what came after this.
  let oldest = options.revision

  const sendInitial = ({ selection, channel }: Watcher, from: WatchStart) => {
    for (const object of objects.select(selection)) {
      if (selection.matches(object.object)) channel.push({ type: 'ADDED', object })
    }
    if (from.initialEventsEnd) channel.push(bookmarkFrame(options, from.revision, true))
  }

  return {
    get: (key) => objects.get(key),
    list(selection) {
      const found: Encoded<Stored>[] = []
      for (const object of objects.select(selection)) {
        if (selection.isPlain || selection.matches(object.object)) found.push(object)
      }
      return found
    },
    apply(revision, { key, before, after }) {
      const held = objects.get(key) ?? (before && stamped(before.value, before.modified))
      const next = after && stamped(after.value, revision)
      objects.set(key, next)
      const event = eventOf(revision, key, held, next)
      if (!event) return
      history.push(event)
      if (history.length > 2 * historyLimit) {
        oldest = history[historyLimit - 1]?.revision ?? oldest
        history.splice(0, historyLimit)
      }
      for (const watcher of watchers.in(bucketsOf(event, indexes))) offer(watcher, event)
    },
    watch(selection, from, signal) {
      if (from.after !== undefined && from.after < oldest) {
        throw resourceExpired(`too old resource version: ${from.after} (${oldest})`)
      }
      const capacity = watcherCapacity + (from.after === undefined ? objects.size : history.length)
      const channel = createChannel<WatchFrame>(capacity, signal)
      const watcher = { selection, channel, bookmarks: from.bookmarks }
      if (from.after === undefined) sendInitial(watcher, from)
      else for (const event of history.slice(firstAfter(history, from.after))) offer(watcher, event)
      const leave = watchers.join(bucketOf(selection, indexes), watcher)
      signal.addEventListener('abort', leave, { once: true })
      return untilLeft(channel, leave)
    },
    bookmark(revision) {
      const frame = bookmarkFrame(options, revision, false)
      for (const watcher of watchers.all()) if (watcher.bookmarks) watcher.channel.push(frame)
    },
    closeWatchers() {
      for (const { channel } of watchers.all()) channel.close()
    },
    get watcherCount() {
      return watchers.count
    },
    get size() {
      return objects.size
    },
    byField: (field, value) =>
      Object.hasOwn(indexes, field) ? objects.byField(field, value) : undefined,
    values: () => objects.values(),
  }
}

function eventOf(
  revision: number,
  key: string,
  before: Encoded<Stored> | undefined,
  after: Encoded<Stored> | undefined,
): CacheEvent | undefined {
  const gone = before && ({ type: 'DELETED', object: stamped(before, revision) } as const)
  if (after) {
    const frame = { type: before ? 'MODIFIED' : 'ADDED', object: after } as const
    return { revision, key, before, after, frame, gone }
  }
  return gone && { revision, key, before, after, frame: gone, gone }
}

/** Hands an event to a watcher as its selection sees it: what leaves the selection is a removal. */
function offer({ selection, channel }: Watcher, event: CacheEvent): void {
  const was = event.before !== undefined && selection.matches(event.before.object)
  const is = event.after !== undefined && selection.matches(event.after.object)
  if (!was && !is) return
  const frame = frameFor(event, was, is)
  if (frame && !channel.push(frame)) channel.close()
}

function frameFor(event: CacheEvent, was: boolean, is: boolean): WatchFrame | undefined {
  if (!is) return event.gone
  if (was || event.before === undefined) return event.frame
  return { type: 'ADDED', object: event.frame.object }
}

function bucketOf(selection: Selection, indexes: FieldIndexes): string {
  const { namespace = '', name } = selection
  if (name !== undefined && namespace !== '') return `name/${namespace}/${name}`
  const field = indexedField(selection, indexes)
  if (field) return `field/${field.name}/${field.value}`
  return namespace === '' ? 'all' : `namespace/${namespace}`
}

/** Every bucket whose watchers the event may concern. */
function bucketsOf({ before, after }: CacheEvent, indexes: FieldIndexes): ReadonlySet<string> {
  const ids = new Set(['all'])
  for (const state of [before, after]) {
    if (!state) continue
    const { namespace, name } = state.object.metadata
    if (namespace) ids.add(`namespace/${namespace}`).add(`name/${namespace}/${name}`)
    for (const [field, read] of Object.entries(indexes))
      ids.add(`field/${field}/${read(state.object)}`)
  }
  return ids
}

function firstAfter(history: readonly CacheEvent[], revision: number): number {
  let low = 0
  let high = history.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((history[middle]?.revision ?? 0) <= revision) low = middle + 1
    else high = middle
  }
  return low
}

const initialEventsEnd = 'k8s.io/initial-events-end'

function bookmarkFrame(
  { apiVersion, kind }: ResourceCacheOptions,
  revision: number,
  isInitialEnd: boolean,
): WatchFrame {
  const annotations = isInitialEnd ? { annotations: { [initialEventsEnd]: 'true' } } : {}
  const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations }
  const object = { apiVersion, kind, metadata } as unknown as KubeObject
  return { type: 'BOOKMARK', object: encodedFrom(object) }
}

async function* untilLeft(
  channel: AsyncIterable<WatchFrame>,
  leave: () => void,
): AsyncGenerator<WatchFrame> {
  try {
    yield* channel
  } finally {
    leave()
  }
}
