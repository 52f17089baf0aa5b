import type { ResourceRef } from '#machinery'

const root = '/registry/'

type Resource = Pick<ResourceRef, 'group' | 'plural'>

/** By the definitions that are asked with, which are few. */
const prefixes = new WeakMap<Resource, string>()

/** The prefix of all objects of a resource: `/registry/core/pods/`. Versions share their objects. */
export function prefixOf(resource: Resource): string {
  const known = prefixes.get(resource)
  if (known !== undefined) return known
  const { group, plural } = resource
  const prefix = `${root}${group === '' ? 'core' : group}/${plural}/`
  prefixes.set(resource, prefix)
  return prefix
}

/** Where one object is stored. Cluster-scoped objects have no namespace part. */
export function storeKeyOf(
  resource: Resource,
  namespace: string | undefined,
  name: string,
): string {
  return `${prefixOf(resource)}${namespace ? `${namespace}/` : ''}${name}`
}

/** The prefix that a stored key belongs to; names hold no slash. */
export function prefixOfKey(key: string): string {
  const group = key.indexOf('/', root.length)
  return key.slice(0, key.indexOf('/', group + 1) + 1)
}

export { root as registryRoot }
