import type { SimCluster } from '#cluster/simulation'
import { KnarrError } from '#lib'
import { groupVersionOf, type KubeObject, type Resource, type Stored } from '#machinery'
import { decodeYaml } from '#machinery/codec'

/** A manifest is what `apply` takes: YAML or JSON, an object, or several of them. */
export type Manifest = string | KubeObject | readonly (string | KubeObject)[]

/** Applies manifests in their order, as `kubectl apply --server-side` does. */
export async function applyManifests(
  { client, served }: Pick<SimCluster, 'client' | 'served'>,
  manifest: Manifest,
): Promise<readonly Stored[]> {
  const applied: Stored[] = []
  for (const object of objectsOf(manifest)) {
    const resource = resourceOf(served.all, object)
    const { name = '', namespace = 'default' } = object.metadata ?? {}
    if (name === '') throw new KnarrError('BadManifest', `a ${resource.kind} without a name`)
    const key = resource.scope === 'Namespaced' ? { name, namespace } : { name }
    const patch = { kind: 'apply', patch: object, fieldManager: 'knarr', force: true } as const
    applied.push(await client.patch(resource, key, patch))
  }
  return applied
}

/** The objects of manifests, those of Lists one by one. */
function objectsOf(manifest: Manifest): readonly KubeObject[] {
  const parts = typeof manifest === 'string' || !Array.isArray(manifest) ? [manifest] : manifest
  return parts
    .flatMap((part) => (typeof part === 'string' ? decodeYaml(part) : [part]))
    .flatMap(itemsOf)
}

interface ListLike extends KubeObject {
  readonly items?: readonly KubeObject[]
}

function itemsOf(value: unknown): readonly KubeObject[] {
  if (typeof value !== 'object' || value === null) {
    throw new KnarrError('BadManifest', 'a manifest holds something that is no object')
  }
  const { kind, items, ...rest } = value as ListLike
  return kind === 'List' && items
    ? items
    : [{ ...rest, ...(kind ? { kind } : {}), ...(items ? { items } : {}) }]
}

/** @throws KnarrError `UnknownKind` */
function resourceOf(
  resources: readonly Resource[],
  { apiVersion = '', kind = '' }: KubeObject,
): Resource {
  const found = resources.find((each) => each.kind === kind && groupVersionOf(each) === apiVersion)
  if (found) return found
  throw new KnarrError('UnknownKind', `no matches for kind "${kind}" in version "${apiVersion}"`)
}
