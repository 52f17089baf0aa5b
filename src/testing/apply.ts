import { resources } from '#api'
import type { Client } from '#client'
import { KnarrError } from '#lib'
import { groupVersionOf, type KubeObject, type Resource, type Stored } from '#machinery'
import { decodeYaml } from '#machinery/codec'

/** What `apply` takes: manifests as YAML or JSON, an object, or several of them. */
export type Manifest = string | KubeObject | readonly (string | KubeObject)[]

/** Applies manifests in their order, as `kubectl apply --server-side` does. */
export async function applyManifests(
  client: Client,
  manifest: Manifest,
): Promise<readonly Stored[]> {
  const applied: Stored[] = []
  for (const object of objectsOf(manifest)) {
    const resource = resourceOf(object)
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

const byKind = new Map<string, Resource>(
  resources.map((resource) => [`${groupVersionOf(resource)} ${resource.kind}`, resource]),
)

/** @throws KnarrError `UnknownKind` */
function resourceOf({ apiVersion = '', kind = '' }: KubeObject): Resource {
  const found = byKind.get(`${apiVersion} ${kind}`)
  if (found) return found
  throw new KnarrError('UnknownKind', `no matches for kind "${kind}" in version "${apiVersion}"`)
}

/** By plural, singular, kind or short name. @throws KnarrError `UnknownKind` */
export function resourceNamed(text: string): Resource {
  const [name = '', ...group] = text.toLowerCase().split('.')
  const found = resources.find(({ plural, singular, shortNames = [], group: own }) => {
    const isNamed = plural === name || singular === name || shortNames.includes(name)
    return isNamed && (group.length === 0 || own === group.join('.'))
  })
  if (found) return found
  throw new KnarrError('UnknownKind', `the server doesn't have a resource type "${text}"`)
}
