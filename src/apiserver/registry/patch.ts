import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type Encoded,
  type KubeObject,
  type Stored,
  unsupportedMediaType,
} from '#machinery'
import { admitFields, decodePatch, mediaTypeOf } from './decode.ts'
import type { Scope } from './scope.ts'
import { checkPreconditions, toStored, updateWith, wantedBody } from './update.ts'
import { shownObject } from './views.ts'

export const patchMediaTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
] as const

/** PATCH of an object or of a part of it; tried again when somebody else writes in between. */
export async function patchObject(scope: Scope): Promise<Encoded<Stored>> {
  const mediaType = mediaTypeOf(scope)
  if (!(patchMediaTypes as readonly string[]).includes(mediaType)) {
    throw unsupportedMediaType([...patchMediaTypes])
  }
  const patch = decodePatch(scope)
  const wanted = wantedBody(scope)
  const apply = (document: unknown): unknown => {
    if (mediaType === 'application/json-patch+json') return applyJsonPatch(document, patch)
    if (mediaType === 'application/merge-patch+json') return applyMergePatch(document, patch)
    return applyStrategicMergePatch(document, patch, wanted.schema)
  }
  return updateWith(
    scope,
    (current) => {
      const patched = apply(patchable(scope, current.object))
      const object = admitFields(scope, wanted, patched) as KubeObject
      checkPreconditions(scope, object, current.object)
      return toStored(scope, object, current.object)
    },
    false,
  )
}

/** What a patch is applied to: the object as the request's version shows it, or its projection. */
function patchable({ resource, subresource }: Scope, current: Stored): KubeObject {
  const part = resource.subresources?.[subresource]
  if (part?.kind === 'projection') return part.read(current as never)
  return shownObject(resource, current)
}
