import { type Derived, derived } from '#lib'
import {
  groupResourceOf,
  type KubeObject,
  type ObjectKey,
  type Resource,
  type ResourceRef,
  type Stored,
} from '#machinery'
import type { Served } from '../served/served.ts'
import type { Caches } from './caches.ts'
import type { ObjectReader } from './object-reader.ts'
import { selectionOf } from './selection.ts'

/** The caches as plugins and actions read them. */
export function createObjectReader(caches: Caches, served: Served): ObjectReader {
  const resolve = resolver(served)
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

/** Remembers what was asked with, nearly always one of a few constants, until something changes. */
function resolver(served: Served): (ref: ResourceRef) => Resource {
  const find = () =>
    derived((ref: ResourceRef) => {
      const resource = served.find(ref.group, ref.version, ref.plural)
      if (!resource) throw new Error(`${groupResourceOf(ref)} is not served`)
      return resource
    })
  let resolve: Derived<ResourceRef, Resource> = find()
  served.onChange(() => {
    resolve = find()
  })
  return (ref) => resolve(ref)
}
