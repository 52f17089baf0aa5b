import { andThen, type MaybePromise, mapped, type Random, randomInt } from '#lib'
import {
  type Encoded,
  encodedFrom,
  groupVersionOf,
  type Resource,
  type Stored,
  type WatchFrame,
} from '#machinery'
import { resourceExpired, type StatusError } from '#machinery/status'
import { type Commit, CompactedError } from '#store'
import { eventOfChange } from '../../cache/cache-event.ts'
import { prefixOf } from '../../cache/keys.ts'
import type { Selection } from '../../cache/selection.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import { toRequestVersion } from '../bodies/conversion.ts'
import { endedByFailure, errorFrame } from '../bodies/failed-watch.ts'
import { type WatchOptions, watchOptionsOf } from '../options/list-options.ts'
import { selectionFor } from './list.ts'
import { selectedFrames, selectionOfStored, selectsConverted } from './select-converted.ts'

/** Watches that name no end are ended after half an hour to an hour (upstream: `--min-request-timeout`). */
const minTimeoutMs = 1_800_000

/**
 * GET of a collection with `watch=true`. Failures that have to do with its resourceVersion come as
 * an ERROR frame, as upstream's do, because the answer has begun by then.
 */
export async function watchObjects(scope: RequestScope): Promise<AsyncIterable<WatchFrame>> {
  const options = watchOptionsOf(scope.request.query)
  const selection = selectionFor(scope)
  if (selectsConverted(scope, selection)) {
    const stored = await framesOf(scope, selectionOfStored(selection), options)
    return endedByFailure(scope, selectedFrames(scope, converted(stored, scope), selection))
  }
  const frames = await framesOf(scope, selection, options)
  const { view, convert } = scope.resource
  return view || convert ? endedByFailure(scope, converted(frames, scope)) : frames
}

async function framesOf(
  scope: RequestScope,
  selection: Selection,
  options: WatchOptions,
): Promise<AsyncIterable<WatchFrame>> {
  const { caches } = scope.world
  const { revision, sendInitialEvents } = options
  const cache = caches.of(scope.stored)
  const beginsWithState = sendInitialEvents ?? (revision === undefined || revision === 0)
  if (beginsWithState) {
    if (revision === undefined) await caches.upToDate()
    else await caches.reached(revision)
    return attached(scope, selection, options, undefined)
  }
  if (revision === undefined) await caches.upToDate()
  const after = revision || caches.revision
  if (after >= cache.oldest) return attached(scope, selection, options, after)
  return endedByFailure(scope, resumed(scope, selection, { ...options, after }))
}

/** Follows the cache until the client, the time-out or the server ends it. */
function attached(
  scope: RequestScope,
  selection: Selection,
  options: WatchOptions,
  after: number | undefined,
): AsyncIterable<WatchFrame> {
  const { caches, clock, random } = scope.world
  const timer = clock.timer(timeoutMs(options, random), () => {
    watch.bookmark(caches.revision)
    watch.end()
  })
  const watch = caches.of(scope.stored).watch(
    selection,
    {
      after,
      revision: caches.revision,
      bookmarks: options.allowBookmarks,
      endsInitialEvents: options.sendInitialEvents === true,
    },
    scope.signal,
    () => timer[Symbol.dispose](),
  )
  return watch.frames
}

function timeoutMs({ timeoutSeconds }: WatchOptions, random: Random): number {
  if (timeoutSeconds !== undefined) return timeoutSeconds * 1000
  return minTimeoutMs + randomInt(random, minTimeoutMs)
}

/**
 * A watch that begins before the cache's own history: the store tells what it still knows, until the
 * cache can take over.
 */
async function* resumed(
  scope: RequestScope,
  selection: Selection,
  options: WatchOptions & { readonly after: number },
): AsyncGenerator<WatchFrame> {
  let seen: number
  try {
    seen = yield* fromStore(scope, selection, options.after)
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error
    yield errorFrame(tooOld(options.after, error.compactRevision))
    return
  }
  if (scope.signal.aborted) return
  const { oldest } = scope.world.caches.of(scope.stored)
  if (seen < oldest) yield errorFrame(tooOld(seen, oldest))
  else yield* attached(scope, selection, options, seen)
}

/** Frames up to the revision that the store's progress marker names, which is what it returns. */
async function* fromStore(
  scope: RequestScope,
  selection: Selection,
  after: number,
): AsyncGenerator<WatchFrame, number> {
  const { store } = scope.world
  const prefix = prefixOf(scope.stored)
  using stop = stopWith(scope.signal)
  const commits = store.watch(prefix, after, stop.signal)[Symbol.asyncIterator]()
  let next = commits.next()
  // It is awaited below; until then its failure is nobody's, which would end the process.
  next.catch(() => {})
  await store.requestProgress(prefix)
  let seen = after
  for (let batch = await next; !batch.done; batch = await next) {
    for (const commit of batch.value) {
      yield* framesOfCommit(commit, selection, scope.stored)
      seen = commit.revision
      if (commit.changes.length === 0) return seen
    }
    next = commits.next()
  }
  return seen
}

function* framesOfCommit(
  { revision, changes }: Commit,
  selection: Selection,
  stored: RequestScope['stored'],
) {
  for (const change of changes) {
    const frame = eventOfChange(revision, change, stored).frameFor(selection)
    if (frame) yield frame
  }
}

/** A signal that aborts with another one, or when it goes out of scope. */
function stopWith(signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController()
  return {
    signal: AbortSignal.any([signal, stop.signal]),
    [Symbol.dispose]: () => stop.abort(),
  }
}

function tooOld(wanted: number, oldest: number): StatusError {
  return resourceExpired(`too old resource version: ${wanted} (${oldest})`)
}

function converted(
  frames: AsyncIterable<WatchFrame>,
  { resource }: RequestScope,
): AsyncIterable<WatchFrame> {
  if (resource.convert) return convertedLater(frames, resource)
  // Cast: only who is asked for conversions answers later.
  return mapped(frames, (frame) => convertedFrame(frame, resource) as WatchFrame)
}

async function* convertedLater(
  frames: AsyncIterable<WatchFrame>,
  resource: Resource,
): AsyncGenerator<WatchFrame> {
  for await (const frame of frames) yield await convertedFrame(frame, resource)
}

function convertedFrame(frame: WatchFrame, resource: Resource): MaybePromise<WatchFrame> {
  const { type, object } = frame
  if (type === 'ERROR') return frame
  if (type === 'BOOKMARK') {
    const own = { apiVersion: groupVersionOf(resource), kind: resource.kind }
    return { type, object: encodedFrom({ ...object.object, ...own }) }
  }
  // Cast: what is watched is stored.
  return andThen(toRequestVersion(resource, object as Encoded<Stored>), (converted) => ({
    type,
    object: converted,
  }))
}
