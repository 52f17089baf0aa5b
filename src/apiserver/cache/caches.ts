import { type Clock, type Logger, messageOf } from '#lib'
import {
  groupVersionOf,
  type Resource,
  StatusError,
  type Stored,
  serviceUnavailable,
} from '#machinery'
import { type Commit, CompactedError, type Store } from '#store'
import { prefixOf, prefixOfKey, registryRoot } from './keys.ts'
import type { FieldIndexes } from './object-set.ts'
import { createResourceCache, type ResourceCache } from './resource-cache.ts'
import { createWaiters } from './waiters.ts'

/** All caches of an API server, fed by one watch of the store. */
export interface Caches {
  of(resource: Pick<Resource, 'group' | 'plural'>): ResourceCache
  all(): Iterable<ResourceCache>
  /** The newest revision that the caches reflect. */
  readonly revision: number
  /** Resolves once they reflect `revision`; rejects with a 504 when that takes too long. */
  reached(revision: number): Promise<void>
  /** Resolves once they reflect a revision that this server has committed itself. */
  applied(revision: number): Promise<void>
  /** The revision that a consistent read must see, with the caches brought up to it. */
  upToDate(): Promise<number>
  /** Calls back after every commit that the caches have taken in. */
  onCommit(handler: (commit: Commit) => void): Disposable
  [Symbol.asyncDispose](): Promise<void>
}

/** How often idle watches are told how far the cache has seen (upstream: about a minute). */
const bookmarkPeriodMs = 60_000
/** How long a read waits for a revision that the cache has not seen (upstream: blockTimeout). */
const patienceMs = 3_000
/** Between attempts to follow a store that has broken off. */
const retryMs = 1_000

/** Fields that many watchers select by; the scheduler's and kubelets' watches of pods above all. */
const indexedFields: ReadonlySet<string> = new Set(['spec.nodeName'])

export interface CachesOptions {
  readonly store: Store
  readonly resources: readonly Resource[]
  readonly clock: Clock
  readonly log: Logger
}

export async function openCaches(options: CachesOptions): Promise<Caches> {
  const { store, clock, log } = options
  const caches = cachesOf(options.resources)
  const stop = new AbortController()
  const handlers = new Set<(commit: Commit) => void>()
  let revision = await load(store, caches)
  const waiters = createWaiters(clock, (wanted) => tooLarge(wanted, revision))

  const take = (commit: Commit) => {
    for (const change of commit.changes) {
      caches.get(prefixOfKey(change.key))?.apply(commit.revision, change)
    }
    revision = Math.max(revision, commit.revision)
    for (const handler of handlers) handler(commit)
    waiters.release(revision)
  }
  const follow = async () => {
    for await (const commits of store.watch(registryRoot, revision, stop.signal)) {
      for (const commit of commits) take(commit)
    }
  }
  const keepFollowing = async () => {
    while (!stop.signal.aborted) {
      try {
        await follow()
      } catch (error) {
        if (stop.signal.aborted) return
        log.error('the watch of the store broke', { error: messageOf(error) })
        await clock.sleep(retryMs, stop.signal).catch(() => undefined)
        if (error instanceof CompactedError && !stop.signal.aborted) {
          revision = await load(store, caches)
          waiters.release(revision)
        }
      }
    }
  }
  const followed = keepFollowing().catch((error) => {
    log.error('the caches stand still', { error: messageOf(error) })
    for (const cache of caches.values()) cache.endWatches()
  })
  const remind = remindEvery(clock, () => {
    for (const cache of caches.values()) cache.bookmark(revision)
  })
  const now = Promise.resolve()
  /** By the definitions that are asked with: to put a prefix together each time costs more. */
  const known = new WeakMap<object, ResourceCache>()
  const reached = (wanted: number) => (revision >= wanted ? now : waiters.wait(wanted, patienceMs))

  return {
    of(resource) {
      const cache = known.get(resource) ?? caches.get(prefixOf(resource))
      if (!cache) throw new Error(`no cache for ${resource.plural}.${resource.group}`)
      known.set(resource, cache)
      return cache
    },
    all: () => caches.values(),
    get revision() {
      return revision
    },
    reached,
    applied: (wanted) => (revision >= wanted ? now : waiters.waitFor(wanted)),
    async upToDate() {
      const current = await store.currentRevision()
      if (revision < current) {
        await store.requestProgress(registryRoot)
        await reached(current)
      }
      return current
    },
    onCommit(handler) {
      handlers.add(handler)
      return { [Symbol.dispose]: () => void handlers.delete(handler) }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      remind[Symbol.dispose]()
      for (const cache of caches.values()) cache.endWatches()
      waiters.end(serviceUnavailable('the API server is stopping'))
      await followed
    },
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

function cachesOf(resources: readonly Resource[]): ReadonlyMap<string, ResourceCache> {
  const stored = resources.filter(({ view }) => !view)
  return new Map(
    stored.map((resource) => {
      const prefix = prefixOf(resource)
      const cache = createResourceCache({
        prefix,
        apiVersion: groupVersionOf(resource),
        kind: resource.kind,
        isClusterScoped: resource.scope === 'Cluster',
        indexes: indexesOf(resource),
      })
      return [prefix, cache] as const
    }),
  )
}

/** Brings all caches to what stands in the store, at one revision. */
async function load(store: Store, caches: ReadonlyMap<string, ResourceCache>): Promise<number> {
  const { values, revision } = await store.range({ prefix: registryRoot })
  const byPrefix = Map.groupBy(values, ({ key }) => prefixOfKey(key))
  for (const [prefix, cache] of caches) cache.replace(revision, byPrefix.get(prefix) ?? [])
  return revision
}

function indexesOf(resource: Resource): FieldIndexes {
  const fields = Object.entries(resource.selectableFields ?? {})
  return Object.fromEntries(
    fields
      .filter(([name]) => indexedFields.has(name))
      .map(([name, read]) => [name, (object: Stored) => read(object)]),
  )
}

function remindEvery(clock: Clock, tell: () => void): Disposable {
  let timer: Disposable
  const next = () => {
    timer = clock.timer(bookmarkPeriodMs, () => {
      tell()
      next()
    })
  }
  next()
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() }
}
