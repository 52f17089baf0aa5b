import {
  type DiscoveredResource,
  type Discovery,
  type Informer,
  type InformerFactory,
  supports,
} from '#client'
import { linkedAbort, onAbort } from '#lib'
import {
  groupVersionOf,
  type KubeObject,
  keyOf,
  type OwnerReference,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { ownersOf } from './plan.ts'

/** An object and the resource through which it was seen. */
export interface Found {
  readonly resource: ResourceRef
  readonly object: Stored
}

/**
 * The graph of owners and dependents, as indexes of the caches of all resources. Nothing is kept
 * here that the caches do not say.
 */
export interface Monitors {
  /**
   * Starts caches of resources that are new, and has each watched; ends those of resources that are
   * gone, unless nothing fresh is known of their group version.
   */
  follow(discovery: Discovery, watch: (resource: ResourceRef) => Disposable): void
  whenSynced(signal: AbortSignal): Promise<void>
  get(key: string): Found | undefined
  byUid(uid: string): readonly Found[]
  dependentsOf(uid: string): readonly Found[]
  /** The resource that serves the kind of an owner; undefined when none does. */
  resourceOf(reference: Pick<OwnerReference, 'apiVersion' | 'kind'>): ResourceRef | undefined
}

const uidIndex = 'uid'
const ownersIndex = 'owners'
const indexes = {
  [uidIndex]: ({ metadata }: Stored) => [metadata.uid],
  [ownersIndex]: (object: Stored) => ownerUidsOf(object),
}

function ownerUidsOf(object: Stored): readonly string[] {
  const uids = ownersOf(object).map(({ uid }) => uid)
  return uids.length > 1 ? [...new Set(uids)] : uids
}

/** Events own nothing and expire; the extensions group is a view of objects of other groups. */
const ignored: ReadonlySet<string> = new Set(['/events', 'events.k8s.io/events'])
const ignoredGroups: ReadonlySet<string> = new Set(['extensions'])

interface Monitor {
  readonly cache: Informer<KubeObject>
  watch?: Disposable
  /** Aborts when the resource is not served any more: its cache may never fill then. */
  readonly gone: AbortController
}

export function createMonitors(informers: InformerFactory): Monitors {
  const monitors = new Map<string, Monitor>()
  let kinds: ReadonlyMap<string, ResourceRef> = new Map()
  let known: Discovery | undefined

  const collect = (index: string, value: string): readonly Found[] => {
    const found: Found[] = []
    for (const { cache } of monitors.values()) {
      const { resource } = cache
      for (const object of cache.by(index, value)) found.push({ resource, object })
    }
    return found
  }
  return {
    follow(discovery, watch) {
      // Discovery gives the very same one until something else is served.
      if (discovery === known) return
      known = discovery
      const { preferred, stale } = discovery
      kinds = new Map(preferred.map((each) => [kindId(groupVersionOf(each), each.kind), each]))
      const collected = new Map(preferred.filter(isCollected).map((each) => [idOf(each), each]))
      for (const [id, { cache, gone, watch: watched }] of monitors) {
        const { resource } = cache
        if (collected.has(id) || stale.has(groupVersionOf(resource))) continue
        monitors.delete(id)
        watched?.[Symbol.dispose]()
        gone.abort()
        informers.drop(resource)
      }
      const fresh = [...collected].filter(([id]) => !monitors.has(id))
      for (const [id, resource] of fresh) {
        const cache = informers.informer<KubeObject>(resource, { indexes })
        monitors.set(id, { cache, gone: new AbortController() })
      }
      // A watch tells of what is there already, and asks the whole graph about it.
      for (const [id, resource] of fresh) monitors.get(id)!.watch = watch(resource)
    },
    async whenSynced(signal) {
      for (const { cache, gone } of monitors.values()) {
        if (!cache.synced) await syncedOrGone(cache, gone, signal)
      }
    },
    get(key) {
      const [id = '', name = ''] = key.split(' ')
      const cache = monitors.get(id)?.cache
      const object = cache?.get(name)
      return cache && object ? { resource: cache.resource, object } : undefined
    },
    byUid: (uid) => collect(uidIndex, uid),
    dependentsOf: (uid) => collect(ownersIndex, uid),
    resourceOf({ apiVersion, kind }) {
      const exact = kinds.get(kindId(apiVersion, kind))
      if (exact) return exact
      // The kind may be served by another version than the one that the reference names.
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
      return [...kinds.values()].find((each) => each.group === group && each.kind === kind)
    },
  }
}

/** Waits for the first list of a cache, or until there is nothing left to list. */
async function syncedOrGone(
  cache: Informer<KubeObject>,
  gone: AbortController,
  signal: AbortSignal,
): Promise<void> {
  using stop = linkedAbort(signal)
  using _gone = onAbort(gone.signal, () => stop.abort(gone.signal.reason))
  if (gone.signal.aborted) return
  await cache.whenSynced(stop.signal).catch((error) => {
    if (!gone.signal.aborted) throw error
  })
}

function isCollected(resource: DiscoveredResource): boolean {
  const { group, plural } = resource
  if (ignored.has(`${group}/${plural}`) || ignoredGroups.has(group)) return false
  return supports(resource, 'delete', 'list', 'watch')
}

function kindId(apiVersion: string, kind: string): string {
  return `${apiVersion}/${kind}`
}

function idOf({ group, version, plural }: ResourceRef): string {
  return `${group}/${version}/${plural}`
}

/** The work queue's key of an object: its resource and its name. */
export function keyOfFound({ resource, object }: Found): string {
  return `${idOf(resource)} ${keyOf(object)}`
}
