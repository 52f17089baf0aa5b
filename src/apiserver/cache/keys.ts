import type { ResourceRef } from '#machinery'

const root = '/registry/'

/** The prefix of all objects of a resource: `/registry/core/pods/`. Versions share their objects. */
export function prefixOf({ group, plural }: Pick<ResourceRef, 'group' | 'plural'>): string {
  return `${root}${group === '' ? 'core' : group}/${plural}/`
}

/** Where one object is stored. Cluster-scoped objects have no namespace part. */
export function storeKeyOf(
  resource: Pick<ResourceRef, 'group' | 'plural'>,
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

/** The resource whose object a key holds. */
export function resourceOfKey(key: string): { readonly group: string; readonly resource: string } {
  const [group = '', resource = ''] = key.slice(root.length).split('/', 2)
  return { group: group === 'core' ? '' : group, resource }
}

export { root as registryRoot }
