import { type MaybePromise, messageOf } from '#lib'
import { groupVersionOf, type KubeObject } from '#machinery'
import { decodeCbor, decodeJson, decodeYamlBody } from '#machinery/codec'
import { jsonTypeOf, prune, type SchemaNode } from '#machinery/schema'
import {
  badRequest,
  cannotBeHandled,
  type StatusError,
  strictDecodingError,
  strictFaults,
  unrecognized,
  unsupportedMediaType,
} from '#machinery/status'
import {
  bodyMediaTypes,
  cborMediaType,
  mediaTypeOf,
  protobufMediaType,
} from '../../request/media-type.ts'
import { afterTurn, type RequestScope } from '../../request/resource-request.ts'
import type { DecodedWriteOptions } from '../options/write-options.ts'

/** Custom resources have no messages of protobuf. */
const customMediaTypes = bodyMediaTypes.filter((type) => type !== protobufMediaType)

/** The kind that the body of a request must have. */
export interface WantedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly schema: SchemaNode
}

/**
 * The object in the body as the schema knows it. Unknown and repeated fields are refused, warned of
 * or dropped, as the client wants.
 * @throws StatusError 400 with upstream's texts, 415 for a media type that cannot be read.
 */
export function decodeObject(
  scope: RequestScope,
  wanted: WantedKind,
  { fieldValidation }: Pick<DecodedWriteOptions, 'fieldValidation'>,
): MaybePromise<KubeObject> {
  const decoded = decodeBody(scope, wanted)
  return afterTurn(scope, () => prunedObject(scope, wanted, decoded, fieldValidation))
}

function prunedObject(
  scope: RequestScope,
  wanted: WantedKind,
  { value, faults: faultsOf, bytes }: Decoded,
  fieldValidation: DecodedWriteOptions['fieldValidation'],
): KubeObject {
  const claimed = claimOf(value)
  if (!claimed) throw unrecognized(wanted.kind, unclaimed(value), bytes)
  const object = ofKind(claimed, wanted)
  const handled = (why: string) => refusal(claimed, wanted, { why, bytes })
  const { value: pruned, unknownFields } = pruneOr(scope, object, wanted, handled)
  const faults = faultsOf(unknownFields)
  if (faults.length > 0 && fieldValidation === 'Strict') throw handled(strictDecodingError(faults))
  if (fieldValidation === 'Warn') scope.warnings.push(...faults)
  return pruned as KubeObject
}

interface Decoded {
  readonly value: unknown
  /** What strict decoding lists, with the unknown fields among it. */
  readonly faults: (unknownFields: readonly string[]) => readonly string[]
  /** What errors quote. */
  readonly bytes: Uint8Array
}

const noBytes = new Uint8Array()

function decodeBody(scope: RequestScope, wanted: WantedKind): Decoded {
  const { body } = scope.request
  if (body?.kind === 'value') return { value: body.value, faults: strictFaults, bytes: noBytes }
  const bytes = body?.bytes ?? noBytes
  const mediaType = mediaTypeOf(scope.request)
  const readable = scope.resource.isCustom ? customMediaTypes : bodyMediaTypes
  const decode = readable.includes(mediaType) ? decoders[mediaType] : undefined
  if (!decode) throw unsupportedMediaType(readable)
  try {
    return { ...decode(bytes, scope), bytes }
  } catch (error) {
    throw unrecognized(wanted.kind, undecodable(mediaType, messageOf(error)), bytes)
  }
}

/** What upstream's decoder of a media type says of bytes that it cannot read. */
function undecodable(mediaType: string, why: string): string {
  if (mediaType === protobufMediaType || why.startsWith('yaml: ')) return why
  if (mediaType === cborMediaType) return `unable to determine group/version/kind: ${why}`
  return `couldn't get version/kind; json parse error: ${why}`
}

type Decode = (bytes: Uint8Array, scope: RequestScope) => Omit<Decoded, 'bytes'>

const yaml: Decode = (bytes) => {
  const { value, fault } = decodeYamlBody(Buffer.from(bytes).toString('utf8'))
  const faults = (unknown: readonly string[]) => [
    ...(fault ? [fault] : []),
    ...strictFaults(unknown),
  ]
  return { value, faults }
}

const decoders: Readonly<Record<string, Decode>> = {
  'application/json': (bytes) => decodeJson(bytes),
  'application/yaml': yaml,
  [protobufMediaType]: (bytes, { world }) => ({
    value: world.protobuf.decode(bytes),
    faults: strictFaults,
  }),
  [cborMediaType]: (bytes) => ({ value: decodeCbor(bytes), faults: strictFaults }),
}

interface Claim extends KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
}

function claimOf(value: unknown): Claim | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return wrongClaim(value) ? undefined : value
}

const claims = ['apiVersion', 'kind'] as const

/** Which of its claims a body makes by something else than a text; null claims nothing. */
function wrongClaim(value: object): (typeof claims)[number] | undefined {
  // Cast: lists and null have been refused above.
  const members = value as Readonly<Record<string, unknown>>
  return claims.find((name) => typeof (members[name] ?? '') !== 'string')
}

/** Why a value that claims no kind in the way that objects do cannot be one. */
function unclaimed(value: unknown): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const claim = isObject ? wrongClaim(value) : undefined
  const given = claim ? (value as Readonly<Record<string, unknown>>)[claim] : value
  const where = claim
    ? `Go struct field .${claim} of type string`
    : 'Go value of type struct { APIVersion string; Kind string }'
  const what = given === null ? 'null' : jsonTypeOf(given)
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into ${where}`
}

function refusal(
  { apiVersion, kind }: Claim,
  wanted: WantedKind,
  { why, bytes }: { readonly why: string; readonly bytes: Uint8Array },
): StatusError {
  if (!kind) return unrecognized(wanted.kind, why, bytes)
  const version = (apiVersion ?? groupVersionOf(wanted)).split('/').at(-1) ?? ''
  return cannotBeHandled({ version, kind }, wanted.kind, why)
}

function pruneOr(
  { world, stored, namespace, name }: RequestScope,
  object: KubeObject,
  { schema }: WantedKind,
  refuse: (why: string) => StatusError,
) {
  const existing = world.caches.of(stored).get(namespace, name)?.object
  // Of another version, or of a part of it that has a kind of its own, only metadata is the same.
  const isStoredKind = schema === world.schemaOf(stored.schemaName)
  const shared = isStoredKind ? existing : existing && { metadata: existing.metadata }
  try {
    return prune(object, schema, shared)
  } catch (error) {
    throw refuse(messageOf(error))
  }
}

/** The body's kind must be the one that the path serves; a body that claims none takes it. */
function ofKind(object: Claim, wanted: WantedKind): KubeObject {
  const apiVersion = groupVersionOf(wanted)
  const given = object.apiVersion || apiVersion
  const kind = object.kind || wanted.kind
  if (kind !== wanted.kind && given === apiVersion) {
    const why = `converting (${wanted.version}.${kind}) to (${wanted.group || 'core'}.${wanted.kind}): unknown conversion`
    throw cannotBeHandled({ version: wanted.version, kind }, wanted.kind, why)
  }
  if (given !== apiVersion) {
    throw badRequest(
      `the API version in the data (${given}) does not match the expected API version (${apiVersion})`,
    )
  }
  if (object.apiVersion === apiVersion && object.kind === kind) return object
  return { ...object, apiVersion, kind }
}

/**
 * Makes of a patched document an object again.
 * @throws StatusError 422 for what the patch has made of it that the schema does not allow.
 */
export function decodePatched(
  scope: RequestScope,
  wanted: WantedKind,
  patched: { readonly value: unknown; readonly refuse: (why: string) => StatusError },
  { fieldValidation }: Pick<DecodedWriteOptions, 'fieldValidation'>,
): KubeObject {
  const claimed = claimOf(patched.value)
  if (!claimed) throw patched.refuse(unclaimed(patched.value))
  const object = ofKind(claimed, wanted)
  const { value, unknownFields } = pruneOr(scope, object, wanted, patched.refuse)
  const faults = strictFaults(unknownFields)
  if (faults.length > 0 && fieldValidation === 'Strict') {
    throw patched.refuse(strictDecodingError(faults))
  }
  if (fieldValidation === 'Warn') scope.warnings.push(...faults)
  return value as KubeObject
}
