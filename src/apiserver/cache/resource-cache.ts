import BTree from 'sorted-btree'
import { type Channel, createChannel } from '#lib'
import {
  type Encoded,
  encodedFrom,
  type KubeObject,
  resourceExpired,
  type Stored,
  type WatchFrame,
} from '#machinery'
import type { Blob, StoredChange, StoredValue } from '#store'
import type { Selection } from './selection.ts'

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

interface Watcher {
  readonly selection: Selection
  readonly channel: Channel<WatchFrame>
  readonly bookmarks: boolean
}

/** Fields by which watchers are found without asking each of them. */
export type FieldIndexes = Readonly<Record<string, (object: Stored) => string>>

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
  const objects = new BTree<string, Encoded<Stored>>()
  const byField = new Map<string, Map<string, Map<string, Encoded<Stored>>>>()
  const history: CacheEvent[] = []
  const buckets = new Map<string, Set<Watcher>>()
  let watcherCount = 0
  // Watches may resume from what came after this.
  let oldest = options.revision

  const reindex = (
    key: string,
    before: Encoded<Stored> | undefined,
    after: Encoded<Stored> | undefined,
  ) => {
    for (const [field, valueOf] of Object.entries(indexes)) {
      const [from, to] = [before && valueOf(before.object), after && valueOf(after.object)]
      const index = byField.get(field) ?? new Map()
      byField.set(field, index)
      if (from !== undefined && from !== to) index.get(from)?.delete(key)
      if (to === undefined) continue
      const bucket = index.get(to) ?? new Map()
      bucket.set(key, after)
      index.set(to, bucket)
    }
  }
  for (const value of options.initial) {
    const object = stamped(value.value, value.modified)
    objects.set(value.key, object)
    reindex(value.key, undefined, object)
  }

  const select = (selection: Selection): Iterable<Encoded<Stored>> => {
    const field = indexedField(selection, indexes)
    if (field) {
      const found = byField.get(field.name)?.get(field.value)
      return found ? [...found].toSorted(byKey).map(([, object]) => object) : []
    }
    const start = selection.namespace ? `${prefix}${selection.namespace}/` : prefix
    return range(objects, start)
  }
  const watcherBucket = (id: string) => {
    const bucket = buckets.get(id) ?? new Set<Watcher>()
    buckets.set(id, bucket)
    return bucket
  }
  const deliver = (event: CacheEvent) => {
    for (const id of bucketsOf(event, prefix, indexes)) {
      for (const watcher of buckets.get(id) ?? []) offer(watcher, event)
    }
  }

  return {
    get: (key) => objects.get(key),
    list(selection) {
      const found: Encoded<Stored>[] = []
      for (const object of select(selection)) {
        if (selection.isPlain || selection.matches(object.object)) found.push(object)
      }
      return found
    },
    apply(revision, { key, before, after }) {
      const held = objects.get(key) ?? (before && stamped(before.value, before.modified))
      const next = after && stamped(after.value, revision)
      if (next) objects.set(key, next)
      else objects.delete(key)
      reindex(key, held, next)
      const event = eventOf(revision, key, held, next)
      if (!event) return
      history.push(event)
      if (history.length > 2 * historyLimit) {
        oldest = history[historyLimit - 1]?.revision ?? oldest
        history.splice(0, historyLimit)
      }
      deliver(event)
    },
    watch(selection, from, signal) {
      if (from.after !== undefined && from.after < oldest) {
        throw resourceExpired(`too old resource version: ${from.after} (${oldest})`)
      }
      const channel = createChannel<WatchFrame>(
        watcherCapacity + (from.after === undefined ? objects.size : 2 * historyLimit),
        signal,
      )
      const watcher = { selection, channel, bookmarks: from.bookmarks }
      if (from.after === undefined) {
        for (const object of select(selection)) {
          if (selection.matches(object.object)) channel.push({ type: 'ADDED', object })
        }
        if (from.initialEventsEnd) channel.push(bookmarkFrame(options, from.revision, true))
      } else {
        const first = firstAfter(history, from.after)
        for (const event of history.slice(first)) offer(watcher, event)
      }
      const bucket = watcherBucket(bucketOf(selection, indexes))
      bucket.add(watcher)
      watcherCount++
      return untilLeft(channel, () => {
        bucket.delete(watcher)
        watcherCount--
      })
    },
    bookmark(revision) {
      const frame = bookmarkFrame(options, revision, false)
      for (const bucket of buckets.values()) {
        for (const watcher of bucket) if (watcher.bookmarks) watcher.channel.push(frame)
      }
    },
    closeWatchers() {
      for (const bucket of buckets.values()) for (const { channel } of bucket) channel.close()
    },
    get watcherCount() {
      return watcherCount
    },
    get size() {
      return objects.size
    },
    values: () => objects.values(),
  }
}

/** The object of a stored value with its resourceVersion; the one place where it is put in. */
export function stamped(blob: Blob, revision: number): Encoded<Stored> {
  const object = 'object' in blob ? (blob as Encoded).object : parse(blob.bytes)
  const metadata = { ...object.metadata, resourceVersion: String(revision) }
  return encodedFrom({ ...object, metadata } as Stored)
}

function parse(bytes: Uint8Array): KubeObject {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
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

function indexedField(
  { fields }: Selection,
  indexes: FieldIndexes,
): { readonly name: string; readonly value: string } | undefined {
  const found = fields.find(
    ({ field, operator }) => operator !== '!=' && Object.hasOwn(indexes, field),
  )
  return found && { name: found.field, value: found.value }
}

function bucketOf(selection: Selection, indexes: FieldIndexes): string {
  const { namespace = '', name } = selection
  if (name !== undefined && namespace !== '') return `name/${namespace}/${name}`
  const field = indexedField(selection, indexes)
  if (field) return `field/${field.name}/${field.value}`
  return namespace === '' ? 'all' : `namespace/${namespace}`
}

/** Every bucket whose watchers the event may concern. */
function bucketsOf(
  { before, after }: CacheEvent,
  _prefix: string,
  indexes: FieldIndexes,
): ReadonlySet<string> {
  const ids = new Set(['all'])
  for (const state of [before, after]) {
    if (!state) continue
    const { namespace, name } = state.object.metadata
    if (namespace) ids.add(`namespace/${namespace}`).add(`name/${namespace}/${name}`)
    for (const [field, valueOf] of Object.entries(indexes))
      ids.add(`field/${field}/${valueOf(state.object)}`)
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

function* range(
  objects: BTree<string, Encoded<Stored>>,
  start: string,
): Generator<Encoded<Stored>> {
  for (const [key, object] of objects.entries(start)) {
    if (!key.startsWith(start)) return
    yield object
  }
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1
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
