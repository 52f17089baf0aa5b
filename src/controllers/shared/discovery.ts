import type { Client } from '#client'
import { groupResourceOf, groupVersionOf, type ResourceRef } from '#machinery'

/** A resource as discovery names it, in the version that its group prefers. */
export interface DiscoveredResource extends ResourceRef {
  readonly verbs: readonly string[]
}

export interface Discovery {
  readonly resources: readonly DiscoveredResource[]
  /** Group versions that did not answer, each with why. */
  readonly failures: readonly string[]
}

/** The parts of `APIGroupDiscoveryList` (apidiscovery.k8s.io/v2) that are read here. */
interface GroupDiscoveryList {
  readonly items?: readonly GroupDiscovery[]
}

interface GroupDiscovery {
  readonly metadata: { readonly name?: string }
  /** The preferred one first. */
  readonly versions: readonly VersionDiscovery[]
}

interface VersionDiscovery {
  readonly version: string
  readonly freshness?: string
  readonly resources?: readonly {
    readonly resource: string
    readonly responseKind?: { readonly kind: string }
    readonly scope: string
    readonly verbs: readonly string[]
  }[]
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/**
 * Asks the API what it serves (upstream: ServerPreferredResources): each resource once, in the
 * preferred version of its group or, where that lacks it, in the first version that has it.
 * Group versions of which the server has no fresh news are told beside the others.
 */
export async function discoverResources(client: Client): Promise<Discovery> {
  const named = (await client.getPath('/apis', aggregated)) as GroupDiscoveryList
  const known = told.get(named)
  if (known) return known
  const core = (await client.getPath('/api', aggregated)) as GroupDiscoveryList
  const discovery = read([core, named])
  told.set(named, discovery)
  return discovery
}

/**
 * In one process the server hands out the very same document until another group is served, and what
 * the core group serves stays the same for as long as a server runs.
 */
const told = new WeakMap<GroupDiscoveryList, Discovery>()

function read(lists: readonly GroupDiscoveryList[]): Discovery {
  const found = new Map<string, DiscoveredResource>()
  const failures: string[] = []
  for (const { items = [] } of lists) {
    for (const { group, discovery } of items.flatMap(versionsOf)) {
      if (discovery.freshness === 'Stale') {
        const at = groupVersionOf({ group, version: discovery.version })
        failures.push(`${at}: stale GroupVersion discovery`)
      }
      for (const each of servedBy(group, discovery)) {
        const id = groupResourceOf(each)
        if (!found.has(id)) found.set(id, each)
      }
    }
  }
  return { resources: [...found.values()], failures }
}

function versionsOf({ metadata, versions }: GroupDiscovery) {
  return versions.map((discovery) => ({ group: metadata.name ?? '', discovery }))
}

function servedBy(
  group: string,
  { version, resources = [] }: VersionDiscovery,
): readonly DiscoveredResource[] {
  return resources.map(({ resource, responseKind, scope, verbs }) => ({
    group,
    version,
    kind: responseKind?.kind ?? '',
    plural: resource,
    scope: scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
    verbs,
  }))
}

/** True for a resource that lists, watches or deletes as asked. */
export function supports({ verbs }: DiscoveredResource, ...wanted: readonly string[]): boolean {
  return wanted.every((verb) => verbs.includes(verb))
}
