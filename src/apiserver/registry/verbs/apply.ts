import { andThen, inTurns, type MaybePromise, messageOf } from '#lib'
import { type Encoded, groupVersionOf, type KubeObject, type Stored } from '#machinery'
import { type ApplyResult, applyConfiguration } from '#machinery/apply'
import { convertingError, type DecodedYaml, decodeCbor, decodeYamlBody } from '#machinery/codec'
import { badRequest, invalid } from '#machinery/status'
import type { FieldError } from '#machinery/validation'
import { mediaTypeOf } from '../../request/media-type.ts'
import { afterTurn, type RequestScope, rulesOf } from '../../request/resource-request.ts'
import { objectInRequestVersion } from '../bodies/conversion.ts'
import { decodePatched } from '../bodies/decode.ts'
import { type DecodedWriteOptions, writeOptionsOf } from '../options/write-options.ts'
import { fieldWriterOf } from '../write/field-managers.ts'
import { permitCreate } from '../write/permit.ts'
import { createWith } from './create.ts'
import { existingObject } from './get.ts'
import { checkName, checkPreconditions, updateWith, wantedBody } from './update.ts'

const applyCbor = 'application/apply-patch+cbor'

/** The media types of a server-side apply. */
export const applyMediaTypes: readonly string[] = ['application/apply-patch+yaml', applyCbor]

/** PATCH by server-side apply: creates what is absent. Answers whether it did. */
export async function applyObject(
  scope: RequestScope,
): Promise<{ readonly object: Encoded<Stored>; readonly created: boolean }> {
  const options = writeOptionsOf(scope.request.query, 'PatchOptions', true)
  scope.audit?.requestPatch(scope.request.body)
  scope.span?.event('Recorded the audit event')
  const applied = await configurationOf(scope, options)
  if (scope.turn) await scope.turn()
  const write = { origin: 'apply', options } as const
  if (!existingObject(scope) && scope.subresource === '') {
    checkName(scope, applied)
    const decode = () => overlay(scope, applied, { live: undefined, options })
    const permit = () => permitCreate(scope)
    return { object: await createWith(scope, { ...write, permit, decode }), created: true }
  }
  const decode = ({ object: live }: Encoded<Stored>) => {
    checkName(scope, applied)
    checkPreconditions(scope, applied, live)
    return overlay(scope, applied, { live, options })
  }
  return { object: await updateWith(scope, { ...write, decode }), created: false }
}

/** The existing object with the configuration laid over it, in the version that the request uses. */
function overlay(
  scope: RequestScope,
  applied: KubeObject,
  { live, options }: { readonly live: Stored | undefined; readonly options: DecodedWriteOptions },
): MaybePromise<KubeObject> {
  const steps = applyConfiguration(live, applied, {
    ...fieldWriterOf(scope),
    kind: scope.stored.kind,
    force: options.force === true,
  })
  return andThen(inTurns(steps, scope.turn), (result) => decodeApplied(scope, result, options))
}

/** The object that the configuration was laid over, as the schema knows it. */
function decodeApplied(
  scope: RequestScope,
  result: ApplyResult,
  options: DecodedWriteOptions,
): MaybePromise<KubeObject> {
  if (result.kind === 'conflict') throw result.error
  const { stored, resource, world } = scope
  // The configuration is as it was written: `cpu: 1` is still a number in it.
  const wanted = { ...stored, schema: world.schemaOf(stored.schemaName) }
  const merged = { value: result.object, refuse: badRequest }
  return afterTurn(scope, () => {
    const decoded = decodePatched(scope, wanted, merged, options)
    return objectInRequestVersion(resource, decoded as Stored)
  })
}

/**
 * What is applied, as a configuration of the stored kind: without defaults, which nobody asked for
 * and so nobody owns, and with fields that the kind lacks, which are refused as such.
 */
function configurationOf(
  scope: RequestScope,
  options: DecodedWriteOptions,
): MaybePromise<KubeObject> {
  const { resource, stored, subresource } = scope
  const value = bodyOf(scope, options)
  const part = rulesOf({ resource, stored }).subresources?.[subresource]
  // Cast: it is an object of YAML or JSON; whether it is one of the kind, its schema says later.
  const written = value as KubeObject
  if (part?.kind !== 'projection' && !resource.view) return namedBy(scope, written)
  if (part?.kind !== 'projection' && resource.isCustom) {
    return andThen(inStoredVersion(scope, namedBy(scope, written)), (object) => object)
  }
  const refuse = (why: string) => badRequest(why)
  const decoded = decodePatched(scope, wantedBody(scope), { value, refuse }, options)
  const converted =
    part?.kind === 'projection'
      ? projectedOnto(scope, decoded, part.validate(decoded))
      : resource.view?.toStored(decoded)
  const kind = { apiVersion: groupVersionOf(stored), kind: stored.kind }
  return namedBy(scope, { ...converted, ...kind })
}

/** Versions of a custom resource differ by their apiVersion; one that is wrong stays, and is refused. */
function inStoredVersion(
  { resource, stored }: RequestScope,
  applied: KubeObject,
): MaybePromise<KubeObject> {
  if (applied.apiVersion !== groupVersionOf(resource)) return applied
  if (stored.convert) return stored.convert([applied]).then(([converted = applied]) => converted)
  return { ...applied, apiVersion: groupVersionOf(stored) }
}

/** The part of the object that a Scale is about has the same shape in both. */
function projectedOnto(
  scope: RequestScope,
  projected: KubeObject & { readonly spec?: unknown },
  faults: readonly FieldError[],
): KubeObject {
  if (faults.length > 0) throw invalid(scope.resource, scope.name, faults)
  const { metadata, spec } = projected
  return { ...(metadata && { metadata }), ...(spec !== undefined && { spec }) } as KubeObject
}

/** A configuration without a name is about the object that the path names. */
function namedBy({ name }: RequestScope, applied: KubeObject): KubeObject {
  if (applied.metadata?.name) return applied
  return { ...applied, metadata: { ...applied.metadata, name } }
}

function bodyOf(scope: RequestScope, options: DecodedWriteOptions): unknown {
  const { body } = scope.request
  if (!body) throw badRequest('body is empty')
  const value = body.kind === 'value' ? body.value : decoded(body.bytes, scope, options)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw badRequest('error decoding YAML: the configuration is not an object')
}

function decoded(
  bytes: Uint8Array,
  scope: RequestScope,
  { fieldValidation }: DecodedWriteOptions,
): unknown {
  if (mediaTypeOf(scope.request) === applyCbor) return decodedCbor(bytes)
  const { warnings } = scope
  const { value, fault } = decodedYaml(bytes)
  if (fault === undefined) return value
  const why = convertingError(fault)
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${why}`)
  if (fieldValidation === 'Warn') warnings.push(why)
  return value
}

/** What is written twice is refused at all times, and in upstream's words, which speak of YAML. */
function decodedCbor(bytes: Uint8Array): unknown {
  try {
    return decodeCbor(bytes)
  } catch (error) {
    throw badRequest(`error decoding YAML: ${messageOf(error)}`)
  }
}

function decodedYaml(bytes: Uint8Array): DecodedYaml {
  try {
    return decodeYamlBody(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw badRequest(`error decoding YAML: ${convertingError(messageOf(error))}`)
  }
}
