import { groupVersionOf, type KubeObject, type Resource } from '#machinery'
import { partFacts } from '../served/part-facts.ts'

interface DiscoveredResource {
  readonly name: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly storageVersionHash?: string
}

/** Groups in the order of discovery, each with its versions, preferred first. */
function groupsOf(
  resources: readonly Resource[],
): ReadonlyMap<string, ReadonlyMap<string, readonly Resource[]>> {
  const groups = new Map<string, Map<string, Resource[]>>()
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, Resource[]>()
    groups.set(resource.group, versions)
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource])
  }
  return groups
}

/** GET /api */
export function coreVersions(serverAddress: string): KubeObject {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  } as KubeObject
}

/** GET /apis */
export function groupList(resources: readonly Resource[]): KubeObject {
  const names = [...groupsOf(resources).keys()].filter((name) => name !== '')
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: names.map((name) => groupBody(resources, name)),
  } as KubeObject
}

/** GET /apis/GROUP; undefined for one that is not served. */
export function groupOf(resources: readonly Resource[], name: string) {
  if (name === '' || !groupsOf(resources).has(name)) return undefined
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(resources, name) }
}

function groupBody(resources: readonly Resource[], name: string) {
  const versions = [...(groupsOf(resources).get(name)?.keys() ?? [])].map((version) => ({
    groupVersion: groupVersionOf({ group: name, version }),
    version,
  }))
  return { name, versions, preferredVersion: versions[0] }
}

/** GET /api/v1 and /apis/GROUP/VERSION; undefined for one that is not served. */
export function apiResourceList(
  resources: readonly Resource[],
  group: string,
  version: string,
): KubeObject | undefined {
  const own = groupsOf(resources).get(group)?.get(version)
  if (!own) return undefined
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersionOf({ group, version }),
    resources: own.flatMap(discovered),
  } as KubeObject
}

function discovered(resource: Resource): readonly DiscoveredResource[] {
  const namespaced = resource.scope === 'Namespaced'
  const { shortNames, categories } = resource
  const main: DiscoveredResource = {
    name: resource.plural,
    singularName: resource.singular,
    namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
  }
  const parts = Object.keys(resource.subresources ?? {}).toSorted()
  return [main, ...parts.map((name) => discoveredPart(resource, name))]
}

function discoveredPart(resource: Resource, name: string): DiscoveredResource {
  const namespaced = resource.scope === 'Namespaced'
  const common = { name: `${resource.plural}/${name}`, singularName: '', namespaced }
  const { kind, verbs, ...foreign } = partFacts(resource, name)
  return { ...common, ...foreign, kind, verbs }
}

/** GET /api or /apis as `APIGroupDiscoveryList`: everything in one answer. */
export function aggregated(resources: readonly Resource[], isCore: boolean): KubeObject {
  const groups = [...groupsOf(resources)].filter(([name]) => (name === '') === isCore)
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(([name, versions]) => ({
      metadata: { name, creationTimestamp: null },
      versions: [...versions].map(([version, own]) => ({
        version,
        freshness: 'Current',
        resources: own.map(aggregatedResource),
      })),
    })),
  } as KubeObject
}

function aggregatedResource(resource: Resource) {
  const { group, version } = resource
  const namespaced = resource.scope === 'Namespaced' ? 'Namespaced' : 'Cluster'
  const parts = Object.keys(resource.subresources ?? {})
    .toSorted()
    .map((name) => {
      const facts: { group?: string; version?: string; kind: string; verbs: readonly string[] } =
        partFacts(resource, name)
      return {
        subresource: name,
        responseKind: {
          group: facts.group ?? group,
          version: facts.version ?? version,
          kind: facts.kind,
        },
        verbs: facts.verbs,
      }
    })
  return {
    resource: resource.plural,
    responseKind: { group, version, kind: resource.kind },
    scope: namespaced,
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories ? { categories: resource.categories } : {}),
    ...(parts.length > 0 ? { subresources: parts } : {}),
  }
}
