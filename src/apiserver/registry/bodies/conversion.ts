import {
  type Encoded,
  encodedFrom,
  groupVersionOf,
  type KubeObject,
  type Resource,
  type Stored,
} from '#machinery'
import type { Scope } from '../../request/resource-request.ts'

/** A stored object as the request's resource shows it: itself, or converted for a view. */
export function shown(resource: Resource, object: Encoded<Stored>): Encoded<Stored> {
  if (!resource.view) return object
  const known = conversions.get(resource) ?? new WeakMap<Stored, Encoded<Stored>>()
  conversions.set(resource, known)
  const converted = known.get(object.object) ?? encodedFrom(convert(resource, object.object))
  known.set(object.object, converted)
  return converted
}

/** What has been converted already: one value for all readers of a view. */
const conversions = new WeakMap<Resource, WeakMap<Stored, Encoded<Stored>>>()

function convert(resource: Resource, object: Stored): Stored {
  const converted = resource.view?.fromStored(object) ?? object
  return { ...converted, apiVersion: groupVersionOf(resource), kind: resource.kind } as Stored
}

/** The object as patches of the request's resource see it. */
export function shownObject(resource: Resource, object: Stored): Stored {
  return resource.view ? convert(resource, object) : object
}

/** A decoded, defaulted object as it is stored. */
export function storedForm({ resource, stored }: Scope, object: KubeObject): KubeObject {
  const defaulted = resource.strategy.default?.(object) ?? object
  if (!resource.view) return defaulted
  const converted = {
    ...resource.view.toStored(defaulted),
    apiVersion: groupVersionOf(stored),
    kind: stored.kind,
  }
  return stored.strategy.default?.(converted) ?? converted
}
