import type { Informer, InformerFactory } from '#client'
import {
  groupVersionOf,
  type KubeObject,
  keyOf,
  type OwnerReference,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { type DiscoveredResource, supports } from '../shared/discovery.ts'
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
  /** Starts caches of resources that are new; gives those. */
  add(resources: readonly DiscoveredResource[]): readonly ResourceRef[]
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

export function createMonitors(informers: InformerFactory): Monitors {
  const caches = new Map<string, Informer<KubeObject>>()
  const kinds = new Map<string, ResourceRef>()
  let known: readonly DiscoveredResource[] | undefined

  const collect = (index: string, value: string): readonly Found[] => {
    const found: Found[] = []
    for (const { by, resource } of caches.values()) {
      for (const object of by(index, value)) found.push({ resource, object })
    }
    return found
  }
  return {
    add(resources) {
      // Discovery gives the very same list until something else is served.
      if (resources === known) return []
      known = resources
      for (const each of resources) kinds.set(kindId(groupVersionOf(each), each.kind), each)
      const fresh = resources.filter((each) => isCollected(each) && !caches.has(idOf(each)))
      for (const each of fresh) caches.set(idOf(each), informers.informer(each, { indexes }))
      return fresh
    },
    async whenSynced(signal) {
      for (const cache of caches.values()) if (!cache.synced) await cache.whenSynced(signal)
    },
    get(key) {
      const [id = '', name = ''] = key.split(' ')
      const cache = caches.get(id)
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
