import { andThen, type MaybePromise, messageOf } from '#lib'
import { type Encoded, encodeJson, type KubeObject, type Stored } from '#machinery'
import { decodeJson } from '#machinery/codec'
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '#machinery/patch'
import type { SchemaNode } from '#machinery/schema'
import { badRequest, invalid, type StatusError, unsupportedMediaType } from '#machinery/status'
import { fieldPath, invalidField } from '#machinery/validation'
import { mediaTypeOf } from '../../request/media-type.ts'
import { afterTurn, type RequestScope } from '../../request/resource-request.ts'
import { objectInRequestVersion } from '../bodies/conversion.ts'
import { decodePatched } from '../bodies/decode.ts'
import { writeOptionsOf } from '../options/write-options.ts'
import { applyMediaTypes } from './apply.ts'
import { checkName, checkPreconditions, updateWith, wantedBody } from './update.ts'

type Apply = (document: unknown, patch: unknown, schema: SchemaNode) => unknown

const strategic = 'application/strategic-merge-patch+json'

/** Kinds of patches by their media type. */
const patchTypes: Readonly<Record<string, Apply>> = {
  'application/json-patch+json': (document, patch) => applyJsonPatch(document, patch),
  'application/merge-patch+json': applyMergePatch,
  [strategic]: applyStrategicMergePatch,
}

/**
 * PATCH of an object or of a part of it. It is applied again to the newer object when somebody else
 * writes in between; a patch that names a resourceVersion then conflicts.
 */
export async function patchObject(scope: RequestScope): Promise<Encoded<Stored>> {
  const apply = patchTypeOf(scope)
  const options = writeOptionsOf(scope.request.query, 'PatchOptions')
  scope.audit?.requestPatch(scope.request.body)
  scope.span?.event('Recorded the audit event')
  const { patch, text } = decodePatch(scope)
  const wanted = wantedBody(scope)
  const refuse = (why: string) => refusedPatch(text(), why)
  const decode = ({ object: existing }: Encoded<Stored>): MaybePromise<KubeObject> => {
    return andThen(patchable(scope, existing), (document) => {
      const value = apply(document, patch, wanted.schema)
      return afterTurn(scope, () => {
        const object = decodePatched(scope, wanted, { value, refuse }, options)
        checkName(scope, object)
        checkPreconditions(scope, object, existing)
        return object
      })
    })
  }
  return updateWith(scope, { options, decode })
}

/** @throws StatusError 415; strategies belong to types of Go, which custom resources have none of. */
function patchTypeOf(request: RequestScope): Apply {
  const mediaType = mediaTypeOf(request.request)
  const isKnown = (type: string) => type !== strategic || !request.resource.isCustom
  const apply = patchTypes[mediaType]
  if (apply && isKnown(mediaType)) return apply
  const known = Object.keys(patchTypes).filter(isKnown)
  throw unsupportedMediaType([...known, ...applyMediaTypes])
}

/** What a patch is applied to: the object as the request's version shows it, or its projection. */
function patchable(
  { resource, subresource }: RequestScope,
  existing: Stored,
): MaybePromise<KubeObject> {
  const part = resource.subresources?.[subresource]
  if (part?.kind !== 'projection') return objectInRequestVersion(resource, existing)
  const whole = resource.convert ? objectInRequestVersion(resource, existing) : existing
  return andThen(whole, (shown) => part.read(shown))
}

/** The patch, and its text for messages. */
function decodePatch({ request: { body } }: RequestScope): {
  readonly patch: unknown
  readonly text: () => string
} {
  if (body?.kind === 'value') return { patch: body.value, text: () => encodeJson(body.value) }
  const bytes = body?.bytes ?? new Uint8Array()
  try {
    return { patch: decodeJson(bytes).value, text: () => Buffer.from(bytes).toString() }
  } catch (error) {
    throw badRequest(`error decoding patch: ${messageOf(error)}`)
  }
}

function refusedPatch(patch: string, why: string): StatusError {
  return invalid({ group: '', kind: '' }, '', [invalidField(fieldPath('patch'), patch, why)])
}
