import {
  badRequest,
  cannotBeHandled,
  decodeJson,
  decodeYamlBody,
  groupVersionOf,
  type KubeObject,
  prune,
  type SchemaNode,
  strictDecodingError,
  strictFaults,
  unrecognized,
  unsupportedMediaType,
} from '#machinery'
import type { Scope } from './scope.ts'

/** Kinds of bodies that carry whole objects. */
export const objectMediaTypes = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
] as const

export interface WantedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly schema: SchemaNode
}

export function mediaTypeOf(scope: Pick<Scope, 'request'>): string {
  const header = scope.request.headers['content-type'] ?? 'application/json'
  return (header.split(';')[0] ?? '').trim().toLowerCase()
}

/** The object in the body, pruned to its schema; unknown fields are refused, warned of or dropped. */
export function decodeObject(scope: Scope, wanted: WantedKind): KubeObject {
  const { body } = scope.request
  if (!body) throw badRequest('body is empty')
  if (body.kind === 'value') return claimed(body.value as KubeObject, wanted)
  const { value, duplicates } = decodeBytes(scope, wanted, body.bytes)
  return admitFields(scope, wanted, value, duplicates)
}

/** Makes a decoded value an object of the wanted kind, treating unknown fields as asked. */
export function admitFields(
  scope: Scope,
  wanted: WantedKind,
  value: unknown,
  duplicates: readonly string[] = [],
): KubeObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unrecognized(wanted.kind, 'json: cannot unmarshal into an object', new Uint8Array())
  }
  const object = claimed(value as KubeObject, wanted)
  const what = { version: groupVersionOf(wanted), kind: wanted.kind }
  const pruned = pruneOrRefuse(object, wanted, what)
  const faults = strictFaults(pruned.unknownFields, duplicates)
  if (faults.length > 0) {
    const mode = scope.request.query.get('fieldValidation') || 'Warn'
    if (mode === 'Strict') throw cannotBeHandled(what, wanted.kind, strictDecodingError(faults))
    if (mode === 'Warn') scope.warnings.push(...faults)
  }
  return pruned.value as KubeObject
}

function pruneOrRefuse(
  object: KubeObject,
  wanted: WantedKind,
  what: { version: string; kind: string },
) {
  try {
    return prune(object, wanted.schema)
  } catch (error) {
    throw cannotBeHandled(what, wanted.kind, (error as Error).message)
  }
}

interface Decoded {
  readonly value: unknown
  readonly duplicates: readonly string[]
}

function decodeBytes(scope: Scope, wanted: WantedKind, bytes: Uint8Array): Decoded {
  const mediaType = mediaTypeOf(scope)
  try {
    switch (mediaType) {
      case 'application/json':
      case 'text/json':
        return decodeJson(bytes)
      case 'application/yaml':
      case 'text/yaml':
        return { value: decodeYamlBody(Buffer.from(bytes).toString('utf8')), duplicates: [] }
      case 'application/vnd.kubernetes.protobuf':
        return { value: scope.world.protobuf.decode(bytes) as unknown, duplicates: [] }
      default:
        break
    }
  } catch (error) {
    throw unrecognized(wanted.kind, (error as Error).message, bytes)
  }
  throw unsupportedMediaType([...objectMediaTypes])
}

/** The body's kind must be the one that the path serves; an untyped body takes it. */
function claimed(object: KubeObject, wanted: WantedKind): KubeObject {
  const apiVersion = groupVersionOf(wanted)
  const { apiVersion: given, kind } = object
  if ((given && given !== apiVersion) || (kind && kind !== wanted.kind)) {
    const is = { version: given ?? apiVersion, kind: kind ?? wanted.kind }
    const text = `the object provided does not match the expected kind ${apiVersion}, Kind=${wanted.kind}`
    if (kind === wanted.kind) {
      throw badRequest(
        `the API version in the data (${given}) does not match the expected API version (${apiVersion})`,
      )
    }
    throw cannotBeHandled(is, wanted.kind, text)
  }
  if (given === apiVersion && kind === wanted.kind) return object
  return { ...object, apiVersion, kind: wanted.kind }
}

/** The body of a patch as plain JSON; apply patches may be YAML. */
export function decodePatch(scope: Scope): unknown {
  const { body } = scope.request
  if (!body) throw badRequest('body is empty')
  if (body.kind === 'value') return body.value
  try {
    return mediaTypeOf(scope) === 'application/apply-patch+yaml'
      ? decodeYamlBody(Buffer.from(body.bytes).toString('utf8'))
      : decodeJson(body.bytes).value
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`)
  }
}
