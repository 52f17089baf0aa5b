import { andThen, type MaybePromise } from '#lib'
import type { KubeObject } from '#machinery'
import { invalid } from '#machinery/status'
import { rulesOf } from '../../request/resource-request.ts'
import {
  inStoredVersion,
  objectInRequestVersion,
  toStoredVersion,
  withDefaults,
} from '../bodies/conversion.ts'
import { withoutServerMetadata, withServerMetadata } from './server-metadata.ts'
import type { ObjectWrite } from './write.ts'

/**
 * Stage: the decoded object gets its defaults and becomes one of the stored version, with the metadata
 * that only the server sets. Upstream's decoder does all of this.
 */
export function applyDefaults(write: ObjectWrite): MaybePromise<ObjectWrite> {
  const { scope, existing } = write
  const sent = sentObject(write)
  return andThen(toStored(write), (object) => ({
    ...write,
    ...(sent && { sent }),
    object: existing
      ? withServerMetadata(object, existing.object)
      : withoutServerMetadata(object, scope),
  }))
}

function sentObject({ scope, origin, object }: ObjectWrite): KubeObject | undefined {
  const { resource, subresource } = scope
  const isConverted = resource.convert !== undefined && resource.view !== undefined
  const isWhole = resource.subresources?.[subresource]?.kind !== 'projection'
  // What is applied has been merged in the stored version already.
  return isConverted && isWhole && origin === 'client' ? withDefaults(resource, object) : undefined
}

/**
 * Stage: plugins add fields as a client would, so the defaults of what they add are due as well
 * (upstream: the webhook dispatcher's defaulter), and what only the server sets stays as it was.
 */
export function applyDefaultsToMutated(write: ObjectWrite): ObjectWrite {
  const { scope, existing, isMutated } = write
  if (!isMutated) return write
  const object = withDefaults(scope.stored, write.object)
  return { ...write, object: existing ? withServerMetadata(object, existing.object) : object }
}

/** A projection is written into the object that it is a part of; an apply has done that itself. */
function toStored({ scope, origin, existing, object }: ObjectWrite): MaybePromise<KubeObject> {
  const part = rulesOf(scope).subresources?.[scope.subresource]
  if (part?.kind !== 'projection' || origin === 'apply' || !existing) {
    return toStoredVersion(scope, object)
  }
  const errors = part.validate(object)
  if (errors.length > 0) throw invalid(scope.resource, scope.name, errors)
  if (!scope.resource.convert) return part.write(existing.object, object)
  return andThen(objectInRequestVersion(scope.resource, existing.object), (whole) =>
    inStoredVersion(scope, part.write(whole, object)),
  )
}

/** Stage: what only the server sets of an existing object's metadata stays, whatever the write says. */
export function keepServerMetadata(write: ObjectWrite): ObjectWrite {
  const { existing, object } = write
  return existing ? { ...write, object: withServerMetadata(object, existing.object) } : write
}
