import { derived } from '#lib'
import {
  type Encoded,
  encodedFrom,
  groupVersionOf,
  type KubeObject,
  type Resource,
  type Stored,
} from '#machinery'
import { prune } from '#machinery/schema'
import type { RequestScope } from '../../request/resource-request.ts'

/** A stored object in the version of the request: itself, or converted for a view. */
export function toRequestVersion(resource: Resource, object: Encoded<Stored>): Encoded<Stored> {
  return resource.view ? conversionOf(resource)(object.object) : object
}

/** One value for all readers of a view. */
const conversionOf = derived((resource: Resource) =>
  derived((object: Stored) => encodedFrom(convert(resource, object))),
)

function convert(resource: Resource, object: Stored): Stored {
  const converted = resource.view?.fromStored(object) ?? object
  return { ...converted, apiVersion: groupVersionOf(resource), kind: resource.kind } as Stored
}

/** The object in the version of the request, as patches see it. */
export function objectInRequestVersion(resource: Resource, object: Stored): Stored {
  return resource.view ? convert(resource, object) : object
}

/** An object with the defaults of its kind. */
export function withDefaults({ strategy }: Resource, object: KubeObject): KubeObject {
  return strategy.default?.(object) ?? object
}

/** A decoded object with its defaults in the stored version. */
export function toStoredVersion(
  { resource, stored, world }: RequestScope,
  object: KubeObject,
): KubeObject {
  const defaulted = withDefaults(resource, object)
  if (!resource.view) return defaulted
  const apiVersion = groupVersionOf(stored)
  const converted = { ...resource.view.toStored(defaulted), apiVersion, kind: stored.kind }
  // What the stored kind requires, its view need not.
  const { value: whole } = prune(converted, world.schemaOf(stored.schemaName))
  // Cast: completing an object leaves it an object.
  return withDefaults(stored, whole as KubeObject)
}
