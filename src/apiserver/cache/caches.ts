import type { Clock, Logger } from '#lib'
import { messageOf } from '#lib'
import { groupVersionOf, type Resource, type Stored, timeout } from '#machinery'
import type { Commit, Store } from '#store'
import { prefixOf, prefixOfKey, registryRoot } from './keys.ts'
import type { FieldIndexes } from './object-set.ts'
import { createResourceCache, type ResourceCache } from './resource-cache.ts'

/** All caches of an API server, fed by one watch of the store. */
export interface Caches {
  of(resource: Pick<Resource, 'group' | 'plural'>): ResourceCache
  /** The newest revision that the caches reflect. */
  readonly revision: number
  /** Resolves once they reflect `revision`; rejects with a 504 after `limitMs`. */
  reached(revision: number, limitMs?: number): Promise<void>
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

/** Fields that many watchers select by; the scheduler's and kubelets' watches of pods above all. */
const indexedFields: ReadonlySet<string> = new Set(['spec.nodeName'])

export async function openCaches(
  store: Store,
  resources: readonly Resource[],
  clock: Clock,
  log: Logger,
): Promise<Caches> {
  const { caches, revision: first } = await loadCaches(store, resources)
  const stop = new AbortController()
  const handlers = new Set<(commit: Commit) => void>()
  const waiters = new Set<{ readonly revision: number; readonly resolve: () => void }>()
  let revision = first

  const take = (commit: Commit) => {
    for (const change of commit.changes) {
      caches.get(prefixOfKey(change.key))?.apply(commit.revision, change)
    }
    revision = Math.max(revision, commit.revision)
    for (const handler of handlers) handler(commit)
    for (const waiter of waiters) {
      if (waiter.revision > revision) continue
      waiters.delete(waiter)
      waiter.resolve()
    }
  }
  const feed = async () => {
    for await (const commits of store.watch(registryRoot, first, stop.signal)) {
      for (const commit of commits) take(commit)
    }
  }
  const fed = feed().catch((error) => {
    log.error('the watch of the store broke', { error: messageOf(error) })
    for (const cache of caches.values()) cache.closeWatchers()
  })
  const bookmarks = remind(clock, stop.signal, () => {
    for (const cache of caches.values()) if (cache.watcherCount > 0) cache.bookmark(revision)
  })

  const opened: Caches = {
    of(resource) {
      const cache = caches.get(prefixOf(resource))
      if (!cache) throw new Error(`no cache for ${resource.plural}.${resource.group}`)
      return cache
    },
    get revision() {
      return revision
    },
    reached(wanted, limitMs = patienceMs) {
      if (revision >= wanted) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const late = clock.timer(limitMs, () => {
          waiters.delete(waiter)
          reject(timeout(`Too large resource version: ${wanted}, current: ${revision}`, 1))
        })
        const waiter = {
          revision: wanted,
          resolve: () => {
            late[Symbol.dispose]()
            resolve()
          },
        }
        waiters.add(waiter)
      })
    },
    async upToDate() {
      const current = await store.currentRevision()
      if (revision < current) {
        await store.requestProgress(registryRoot)
        await opened.reached(current)
      }
      return current
    },
    onCommit(handler) {
      handlers.add(handler)
      return { [Symbol.dispose]: () => void handlers.delete(handler) }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      for (const cache of caches.values()) cache.closeWatchers()
      await Promise.all([fed, bookmarks])
    },
  }
  return opened
}

async function loadCaches(store: Store, resources: readonly Resource[]) {
  const { values, revision } = await store.range({ prefix: registryRoot })
  const byPrefix = Map.groupBy(values, ({ key }) => prefixOfKey(key))
  const caches = new Map<string, ResourceCache>()
  for (const resource of resources.filter(({ view }) => !view)) {
    const prefix = prefixOf(resource)
    const cache = createResourceCache({
      prefix,
      initial: byPrefix.get(prefix) ?? [],
      revision,
      apiVersion: groupVersionOf(resource),
      kind: resource.kind,
      indexes: indexesOf(resource),
    })
    caches.set(prefix, cache)
  }
  return { caches, revision }
}

function indexesOf(resource: Resource): FieldIndexes {
  const fields = Object.entries(resource.selectableFields ?? {})
  return Object.fromEntries(
    fields
      .filter(([name]) => indexedFields.has(name))
      .map(([name, read]) => [name, (object: Stored) => read(object as never)]),
  )
}

async function remind(clock: Clock, signal: AbortSignal, tell: () => void): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(bookmarkPeriodMs, signal).catch(() => undefined)
    if (!signal.aborted) tell()
  }
}
