import type { KubeObject, ObjectKey, Resource, ResourceRef, Stored } from '#machinery'
import { groupResourceOf } from '#machinery'
import type { Caches } from './caches.ts'
import type { ObjectReader } from './object-reader.ts'
import { selectionOf } from './selection.ts'

/** The caches as plugins and actions read them. */
export function createObjectReader(caches: Caches, resources: readonly Resource[]): ObjectReader {
  const known = new Map(resources.map((resource) => [idOf(resource), resource]))
  /** What was asked with before: nearly always one of a few constants. */
  const resolved = new WeakMap<ResourceRef, Resource>()
  const resolve = (ref: ResourceRef): Resource => {
    const resource = resolved.get(ref) ?? known.get(idOf(ref))
    if (!resource) throw new Error(`${groupResourceOf(ref)} is not served`)
    resolved.set(ref, resource)
    return resource
  }
  const shown = <T extends KubeObject>(resource: Resource, object: Stored) =>
    (resource.view?.fromStored(object) ?? object) as Stored<T>
  const storedOf = (resource: Resource) => resource.view?.of ?? resource

  return {
    get<T extends KubeObject>(ref: ResourceRef<T>, { namespace, name }: ObjectKey) {
      const resource = resolve(ref)
      const stored = storedOf(resource)
      const found = caches.of(stored).get(namespace, name)
      return found && shown<T>(resource, found.object)
    },
    list<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string) {
      const resource = resolve(ref)
      const selection = selectionOf(resource, { namespace })
      const found = caches.of(storedOf(resource)).list(selection)
      return found.map(({ object }) => shown<T>(resource, object))
    },
    byField<T extends KubeObject>(ref: ResourceRef<T>, field: string, value: string) {
      const resource = resolve(ref)
      const cache = caches.of(storedOf(resource))
      const indexed = cache.byField(field, value)
      const read = resource.selectableFields?.[field]
      const found = indexed ?? [...cache.values()].filter(({ object }) => read?.(object) === value)
      return found.map(({ object }) => shown<T>(resource, object))
    },
  }
}

function idOf({ group, version, plural }: ResourceRef): string {
  return `${group}/${version}/${plural}`
}
