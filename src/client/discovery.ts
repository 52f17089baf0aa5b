import { derived } from '#lib'
import { groupResourceOf, groupVersionOf, type NamedResource } from '#machinery'
import type { Client } from './contract/client.ts'

/** A resource as discovery names it. */
export interface DiscoveredResource extends NamedResource {
  readonly verbs: readonly string[]
}

/** What a server says that it serves. */
export interface Discovery {
  /** In the order of discovery: of each group the preferred version first. */
  readonly resources: readonly DiscoveredResource[]
  /**
   * Each resource once, in the preferred version of its group or, where that lacks it, in the first
   * version that has it (upstream: ServerPreferredResources).
   */
  readonly preferred: readonly DiscoveredResource[]
  /** Group versions of which the server has no fresh news, each with why. */
  readonly failures: readonly string[]
  /** Those group versions, as `apps/v1`: what they serve may have changed unseen. */
  readonly stale: ReadonlySet<string>
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
    readonly singularResource?: string
    readonly shortNames?: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Asks the API what it serves at this moment. @throws StatusError */
export async function discoverResources(client: Pick<Client, 'getPath'>): Promise<Discovery> {
  const named = (await client.getPath('/apis', aggregated)) as GroupDiscoveryList
  const known = read.known(named)
  if (known) return known
  return read(named, (await client.getPath('/api', aggregated)) as GroupDiscoveryList)
}

/** In one process the server hands out the very same documents until it serves something else. */
const read = derived((named: GroupDiscoveryList, core: GroupDiscoveryList) =>
  discoveryOf([core, named]),
)

function discoveryOf(lists: readonly GroupDiscoveryList[]): Discovery {
  const versions = lists.flatMap(({ items = [] }) => items).flatMap(versionsOf)
  const stale = versions
    .filter(({ discovery }) => discovery.freshness === 'Stale')
    .map(({ group, discovery: { version } }) => groupVersionOf({ group, version }))
  const resources = versions.flatMap(({ group, discovery }) => servedBy(group, discovery))
  const preferred = new Map<string, DiscoveredResource>()
  for (const each of resources) {
    const id = groupResourceOf(each)
    if (!preferred.has(id)) preferred.set(id, each)
  }
  return {
    resources,
    preferred: [...preferred.values()],
    failures: stale.map((each) => `${each}: stale GroupVersion discovery`),
    stale: new Set(stale),
  }
}

function versionsOf({ metadata, versions }: GroupDiscovery) {
  return versions.map((discovery) => ({ group: metadata.name ?? '', discovery }))
}

function servedBy(
  group: string,
  { version, resources = [] }: VersionDiscovery,
): readonly DiscoveredResource[] {
  return resources.map((each) => ({
    group,
    version,
    kind: each.responseKind?.kind ?? '',
    plural: each.resource,
    singular: each.singularResource ?? '',
    ...(each.shortNames && { shortNames: each.shortNames }),
    scope: each.scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
    verbs: each.verbs,
  }))
}

/** True for a resource that lists, watches or deletes as asked. */
export function supports({ verbs }: DiscoveredResource, ...wanted: readonly string[]): boolean {
  return wanted.every((verb) => verbs.includes(verb))
}
