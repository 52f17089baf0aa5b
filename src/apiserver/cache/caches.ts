import { type Clock, type Logger, messageOf } from '#lib'
import type { ResourceRef } from '#machinery'
import { StatusError, serviceUnavailable } from '#machinery/status'
import { type Commit, CompactedError, type Store } from '#store'
import { pathNotFound } from '../served/path-not-found.ts'
import type { OpenStorage, ServedStorage } from '../served/served.ts'
import { createCacheTable, type OpenCaches } from './cache-table.ts'
import { registryRoot } from './keys.ts'
import type { ResourceCache } from './resource-cache.ts'
import { createWaiters } from './waiters.ts'

/** All caches of an API server, fed by one watch of the store. */
export interface Caches extends ServedStorage {
  /** @throws StatusError 404 for a resource that is not served, or not any more. */
  of(resource: Pick<ResourceRef, 'group' | 'plural'>): ResourceCache
  /** The newest revision that the caches reflect. */
  readonly revision: number
  /** Whether they follow the store: not from a break on until the watch is tried again. */
  readonly isFollowing: boolean
  /** Resolves once they reflect `revision`; rejects with a 504 when that takes too long. */
  reached(revision: number): Promise<void>
  /** Resolves once they reflect a revision that this server has committed itself. */
  applied(revision: number): Promise<void>
  /** The revision that a consistent read must see, with the caches brought up to it. */
  upToDate(): Promise<number>
  /** Calls back after every commit that the caches have taken in. */
  onCommit(handler: (commit: Commit) => void): Disposable
  /** Calls back after all was read anew: commits may have passed that nobody was told of. */
  onReload(handler: () => void): Disposable
  [Symbol.asyncDispose](): Promise<void>
}

/** How often idle watches are told how far the cache has seen (upstream: about a minute). */
const bookmarkPeriodMs = 60_000
/** How long a read waits for a revision that the cache has not seen (upstream: blockTimeout). */
const patienceMs = 3_000
/** Between attempts to follow a store that has broken off. */
const retryMs = 1_000

export interface CachesOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}

/** Follows the store from now on; the caches of resources come and go with what is served. */
export async function openCaches(options: CachesOptions): Promise<Caches> {
  const { store, clock, log } = options
  const table = createCacheTable(store)
  const stop = new AbortController()
  const handlers = new Set<(commit: Commit) => void>()
  const reloadHandlers = new Set<() => void>()
  let revision = await store.currentRevision()
  let isFollowing = true
  const waiters = createWaiters(clock, (wanted) => tooLarge(wanted, revision))

  const take = (commit: Commit) => {
    table.apply(commit)
    revision = Math.max(revision, commit.revision)
    for (const handler of handlers) handler(commit)
    waiters.release(revision)
  }
  const follow = async () => {
    for await (const commits of store.watch(registryRoot, revision, stop.signal)) {
      for (const commit of commits) take(commit)
    }
  }
  const reload = async () => {
    revision = await table.reload()
    for (const handler of reloadHandlers) handler()
    waiters.release(revision)
  }
  const endAll = () => {
    for (const cache of table.all()) cache.endWatches()
  }
  const onState = (follows: boolean) => {
    isFollowing = follows
  }
  const steps = { follow, reload, onState }
  const followed = keepFollowing(options, steps, stop.signal).catch((error) => {
    onState(false)
    log.error('the caches stand still', { error: messageOf(error) })
    endAll()
  })
  const remind = remindEvery(clock, () => {
    for (const cache of table.all()) cache.bookmark(revision)
  })
  const now = Promise.resolve()
  const reached = (wanted: number) => (revision >= wanted ? now : waiters.wait(wanted, patienceMs))
  const applied = (wanted: number) => (revision >= wanted ? now : waiters.waitFor(wanted))

  const caughtUp: CatchUp = async (opened) => {
    // What the new caches hold may be newer than what the others have seen.
    if (opened.loadedAt > revision) await store.requestProgress(registryRoot)
    await applied(opened.loadedAt)
    return opened
  }
  return {
    of(resource) {
      const cache = table.of(resource)
      if (!cache) throw pathNotFound()
      return cache
    },
    open: async (resources) => storageOf(await caughtUp(await table.open(resources)), caughtUp),
    get revision() {
      return revision
    },
    get isFollowing() {
      return isFollowing
    },
    reached,
    applied,
    async upToDate() {
      const current = await store.currentRevision()
      if (revision < current) {
        await store.requestProgress(registryRoot)
        await reached(current)
      }
      return current
    },
    onCommit: (handler) => subscribed(handlers, handler),
    onReload: (handler) => subscribed(reloadHandlers, handler),
    async [Symbol.asyncDispose]() {
      stop.abort()
      remind[Symbol.dispose]()
      endAll()
      waiters.end(serviceUnavailable('the API server is stopping'))
      await followed
    },
  }
}

/** How the store is followed, and who is told whether it is. */
interface Following {
  readonly follow: () => Promise<void>
  readonly reload: () => Promise<void>
  readonly onState: (isFollowing: boolean) => void
}

/** Follows the store until it is stopped, again after each break. */
async function keepFollowing(
  { clock, log }: CachesOptions,
  { follow, reload, onState }: Following,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      onState(true)
      await follow()
    } catch (error) {
      if (stop.aborted) return
      onState(false)
      log.error('the watch of the store broke', { error: messageOf(error) })
      await clock.sleep(retryMs, stop).catch(() => undefined)
      if (error instanceof CompactedError && !stop.aborted) await reload()
    }
  }
}

function subscribed<T>(handlers: Set<T>, handler: T): Disposable {
  handlers.add(handler)
  return { [Symbol.dispose]: () => void handlers.delete(handler) }
}

type CatchUp = <T extends OpenCaches>(opened: T) => Promise<T>

function storageOf(opened: OpenCaches, caughtUp: CatchUp): OpenStorage {
  return {
    endWatches: opened.endWatches,
    async reopen(resources) {
      const next = await caughtUp(await opened.reopen(resources))
      return { ...storageOf(next, caughtUp), swap: next.swap }
    },
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  }
}

/** 504 with the cause by which client-go knows that it is ahead of this server. */
function tooLarge(wanted: number, current: number): StatusError {
  const message = `Too large resource version: ${wanted}, current: ${current}`
  return new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: ${message}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  })
}

function remindEvery(clock: Clock, notify: () => void): Disposable {
  let timer: Disposable
  const next = () => {
    timer = clock.timer(bookmarkPeriodMs, () => {
      notify()
      next()
    })
  }
  next()
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() }
}
