import { andThen, derived, type MaybePromise } from '#lib'
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
export function toRequestVersion(
  resource: Resource,
  object: Encoded<Stored>,
): MaybePromise<Encoded<Stored>> {
  if (isOf(resource, object.object)) return object
  if (!resource.convert) return conversionOf(resource)(object.object)
  return toRequestVersions(resource, [object]).then(([converted = object]) => converted)
}

/** Several at once, so that who converts them is asked once for many. */
export async function toRequestVersions(
  resource: Resource,
  objects: readonly Encoded<Stored>[],
): Promise<readonly Encoded<Stored>[]> {
  const { convert } = resource
  if (!convert) return Promise.all(objects.map((object) => toRequestVersion(resource, object)))
  const known = convertedOf(resource)
  const missing = objects
    .map(({ object }) => object)
    .filter((object) => !isOf(resource, object) && !known.known(object))
  const found = new Map<Stored, Encoded<Stored>>()
  for (let at = 0; at < missing.length; at += batch) {
    const some = missing.slice(at, at + batch)
    const converted = await convert(some)
    for (const [index, object] of some.entries()) {
      // Cast: conversion keeps metadata as it is stored.
      const encoded = encodedFrom(converted[index] as Stored)
      found.set(object, known.remember(object, encoded))
    }
  }
  return objects.map((each) =>
    isOf(resource, each.object)
      ? each
      : (known.known(each.object) ?? found.get(each.object) ?? each),
  )
}

/** How many objects are converted by one call. */
const batch = 200

/** Whether an object needs no conversion: of kinds that somebody else converts, each says its version. */
function isOf(resource: Resource, { apiVersion }: KubeObject): boolean {
  return resource.convert ? apiVersion === groupVersionOf(resource) : !resource.view
}

/** One value for all readers of a view. */
const conversionOf = derived((resource: Resource) =>
  derived((object: Stored) => encodedFrom(convertView(resource, object))),
)

/** What was converted by others, for all readers; never computed here. */
const convertedOf = derived((_: Resource) =>
  derived((object: Stored): Encoded<Stored> => encodedFrom(object)),
)

function convertView(resource: Resource, object: Stored): Stored {
  const converted = resource.view?.fromStored(object) ?? object
  return { ...converted, apiVersion: groupVersionOf(resource), kind: resource.kind } as Stored
}

/** The object in the version of the request, as patches see it. */
export function objectInRequestVersion(resource: Resource, object: Stored): MaybePromise<Stored> {
  if (isOf(resource, object)) return object
  if (!resource.convert) return convertView(resource, object)
  const known = convertedOf(resource).known(object)
  // Cast: conversion keeps metadata as it is stored.
  return known?.object ?? resource.convert([object]).then(([converted]) => converted as Stored)
}

/** An object with the defaults of its kind. */
export function withDefaults({ strategy }: Resource, object: KubeObject): KubeObject {
  return strategy.default?.(object) ?? object
}

/** A decoded object with its defaults in the stored version. */
export function toStoredVersion(
  {
    resource,
    stored,
    world,
  }: Pick<RequestScope, 'resource' | 'stored'> & {
    readonly world: Pick<RequestScope['world'], 'schemaOf'>
  },
  object: KubeObject,
): MaybePromise<KubeObject> {
  return inStoredVersion({ resource, stored, world }, withDefaults(resource, object))
}

/** What has the defaults of the request's version, as it is stored. */
export function inStoredVersion(
  { resource, stored, world }: Parameters<typeof toStoredVersion>[0],
  object: KubeObject,
): MaybePromise<KubeObject> {
  if (!resource.view) return object
  if (stored.convert) {
    return andThen(stored.convert([object]), ([converted = object]) => converted)
  }
  const apiVersion = groupVersionOf(stored)
  const converted = { ...resource.view.toStored(object), apiVersion, kind: stored.kind }
  // What the stored kind requires, its view need not.
  const { value: whole } = prune(converted, world.schemaOf(stored.schemaName))
  // Cast: completing an object leaves it an object.
  return withDefaults(stored, whole as KubeObject)
}
