import { groupVersionOf, type Resource, type ResourceRef, type Stored } from '#machinery'
import type { Commit, Store, StoredChange, StoredValue } from '#store'
import { prefixOf, prefixOfKey, registryRoot } from './keys.ts'
import type { FieldIndexes } from './object-set.ts'
import { createResourceCache, type ResourceCache } from './resource-cache.ts'

/** The caches of what is served, by where its objects are stored. */
export interface CacheTable {
  of(resource: Pick<ResourceRef, 'group' | 'plural'>): ResourceCache | undefined
  all(): Iterable<ResourceCache>
  /** Makes caches of resources that none stands for yet, and fills them from the store. */
  open(resources: readonly Resource[]): Promise<OpenCaches>
  /** Hands a commit to the caches that it concerns, those that are being filled as well. */
  apply(commit: Commit): void
  /** Fills all of them anew, after a gap in the commits; gives the revision that they then show. */
  reload(): Promise<number>
}

export interface OpenCaches extends Disposable {
  /** The revision that was read from the store. */
  readonly loadedAt: number
  endWatches(): void
  /** Fills caches of other resources at the same places, which stand in for these from `swap` on. */
  reopen(resources: readonly Resource[]): Promise<OpenCaches & { swap(): void }>
}

interface Entry {
  readonly cache: ResourceCache
  /** What it holds already; undefined until it has been filled. */
  loadedAt: number | undefined
  /** Commits that came before it was filled. */
  readonly early: { readonly revision: number; readonly change: StoredChange }[]
}

export function createCacheTable(store: Store): CacheTable {
  const entries = new Map<string, Entry>()
  /** By the definitions that are asked with: to put a prefix together each time costs more. */
  let known = new WeakMap<object, ResourceCache>()
  /** What is being filled to stand in for others. */
  const coming = new Map<string, Entry>()

  const opened = async (
    made: ReadonlyMap<string, Entry>,
    drop: () => void,
  ): Promise<OpenCaches> => {
    const endWatches = () => {
      for (const { cache } of made.values()) cache.endWatches()
    }
    try {
      const loadedAt = made.size === 0 ? 0 : await fill(store, made)
      return {
        loadedAt,
        endWatches,
        reopen: (resources) => reopened(resources, drop),
        [Symbol.dispose]: () => {
          drop()
          endWatches()
        },
      }
    } catch (error) {
      drop()
      throw error
    }
  }
  const reopened = async (resources: readonly Resource[], drop: () => void) => {
    const made = entriesOf(resources)
    for (const [prefix, entry] of made) coming.set(prefix, entry)
    let isSwapped = false
    const forget = () => {
      for (const [prefix, entry] of made) if (coming.get(prefix) === entry) coming.delete(prefix)
    }
    const next = await opened(made, () => (isSwapped ? drop() : forget()))
    return {
      ...next,
      swap() {
        isSwapped = true
        forget()
        known = new WeakMap()
        for (const [prefix, entry] of made) entries.set(prefix, entry)
      },
    }
  }

  return {
    of(resource) {
      const found = known.get(resource)
      if (found) return found
      const cache = entries.get(prefixOf(resource))?.cache
      if (cache) known.set(resource, cache)
      return cache
    },
    *all() {
      for (const { cache } of entries.values()) yield cache
    },
    async open(resources) {
      const made = entriesOf(resources)
      for (const prefix of made.keys()) {
        if (entries.has(prefix)) throw new Error(`${prefix} is the place of another resource`)
      }
      for (const [prefix, entry] of made) entries.set(prefix, entry)
      const drop = () => {
        known = new WeakMap()
        for (const prefix of made.keys()) entries.delete(prefix)
      }
      return opened(made, drop)
    },
    apply({ revision, changes }) {
      for (const change of changes) {
        const prefix = prefixOfKey(change.key)
        for (const entry of [entries.get(prefix), coming.get(prefix)]) {
          if (entry) applyTo(entry, revision, change)
        }
      }
    },
    async reload() {
      await fill(store, coming)
      return fill(store, entries)
    },
  }
}

function entriesOf(resources: readonly Resource[]): ReadonlyMap<string, Entry> {
  return new Map(resources.map((each) => [prefixOf(each), entryOf(each)]))
}

function applyTo({ cache, loadedAt, early }: Entry, revision: number, change: StoredChange): void {
  if (loadedAt === undefined) early.push({ revision, change })
  else if (revision > loadedAt) cache.apply(revision, change)
}

function entryOf(resource: Resource): Entry {
  const cache = createResourceCache({
    prefix: prefixOf(resource),
    apiVersion: groupVersionOf(resource),
    kind: resource.kind,
    isClusterScoped: resource.scope === 'Cluster',
    indexes: indexesOf(resource),
    reading: resource,
  })
  return { cache, loadedAt: undefined, early: [] }
}

/** Brings caches to what stands in the store, all at one revision, which it gives. */
async function fill(store: Store, entries: ReadonlyMap<string, Entry>): Promise<number> {
  const [first = registryRoot, ...more] = entries.keys()
  const prefix = more.length === 0 ? first : registryRoot
  const { values, revision } = await store.range({ prefix })
  const byPrefix = Map.groupBy(values, ({ key }) => prefixOfKey(key))
  for (const [each, entry] of entries) replace(entry, revision, byPrefix.get(each) ?? [])
  return revision
}

/** What another reading has found later stays. */
function replace(entry: Entry, revision: number, values: readonly StoredValue[]): void {
  const { cache, loadedAt, early } = entry
  if (loadedAt !== undefined && loadedAt > revision) return
  cache.replace(revision, values)
  entry.loadedAt = revision
  for (const each of early.splice(0)) {
    if (each.revision > revision) cache.apply(each.revision, each.change)
  }
}

/** Fields that many watchers select by; the scheduler's and kubelets' watches of pods above all. */
const indexedFields: ReadonlySet<string> = new Set(['spec.nodeName'])

function indexesOf(resource: Resource): FieldIndexes {
  const fields = Object.entries(resource.selectableFields ?? {})
  return Object.fromEntries(
    fields
      .filter(([name]) => indexedFields.has(name))
      .map(([name, read]) => [name, (object: Stored) => read(object)]),
  )
}
