import { messageOf } from '#lib'
import type { Stored } from '#machinery'
import { decodeCbor, decodeJson, decodeYamlBody } from '#machinery/codec'
import { prune } from '#machinery/schema'
import { badRequest, unsupportedMediaType } from '#machinery/status'
import {
  type DeleteOptionsFields as GivenOptions,
  validateDeleteOptions,
} from '#machinery/validation'
import {
  bodyMediaTypes,
  cborMediaType,
  mediaTypeOf,
  protobufMediaType,
} from '../../request/media-type.ts'
import { isTrue } from '../../request/request-info.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import { refuseOptions } from './write-options.ts'

type Propagation = 'Background' | 'Foreground' | 'Orphan'

/** meta/v1 DeleteOptions, checked. */
export interface DecodedDeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: Propagation
  readonly orphanDependents?: boolean
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: readonly string[]
}

/**
 * The options of a delete: in the body, or where there is none as query parameters.
 * @throws StatusError 400 for what cannot be read, 422 for what upstream's validation refuses.
 */
export function deleteOptionsOf(scope: RequestScope): DecodedDeleteOptions {
  const inBody = fromBody(scope)
  if (inBody) scope.audit?.requestObject({ ...optionsKind, ...inBody })
  return checkedDeleteOptions(inBody ?? fromQuery(scope.request.query))
}

/** Options that someone in this process has given. */
export function checkedDeleteOptions(given: GivenOptions): DecodedDeleteOptions {
  refuseOptions('DeleteOptions', validateDeleteOptions(given))
  const { gracePeriodSeconds: grace } = given
  if (grace !== undefined && !Number.isSafeInteger(grace)) {
    throw badRequest('json: cannot unmarshal into Go struct field DeleteOptions.gracePeriodSeconds')
  }
  const options = given as DecodedDeleteOptions
  // Upstream takes a negative grace period for one second.
  return grace !== undefined && grace < 0 ? { ...options, gracePeriodSeconds: 1 } : options
}

/** Whether dependents are left alone, go first, or go afterwards, as finalizers for the garbage collector. */
export function finalizersAfter(
  { metadata: { finalizers: held = [] } }: Stored,
  options: DecodedDeleteOptions,
  byDefault: 'background' | 'orphan' | undefined,
): readonly string[] {
  const others = held.filter((finalizer) => !propagationFinalizers.has(finalizer))
  const wanted = wantedFinalizer(held, options, byDefault)
  const after = wanted === undefined ? others : [...others, wanted]
  const isSame =
    after.length === held.length && after.every((finalizer) => held.includes(finalizer))
  return isSame ? held : after
}

const propagationFinalizers: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion'])

/** What the client says counts, then what a finalizer says, then the kind's default. */
function wantedFinalizer(
  held: readonly string[],
  { orphanDependents, propagationPolicy }: DecodedDeleteOptions,
  byDefault: 'background' | 'orphan' | undefined,
): string | undefined {
  if (orphanDependents !== undefined) return orphanDependents ? 'orphan' : undefined
  switch (propagationPolicy) {
    case 'Orphan':
      return 'orphan'
    case 'Foreground':
      return 'foregroundDeletion'
    case 'Background':
      return undefined
    case undefined:
      break
  }
  const known = held.find((finalizer) => propagationFinalizers.has(finalizer))
  return known ?? (byDefault === 'orphan' ? 'orphan' : undefined)
}

function fromBody(scope: RequestScope): GivenOptions | undefined {
  const { body } = scope.request
  if (!body || (body.kind === 'bytes' && body.bytes.length === 0)) return undefined
  const value = body.kind === 'value' ? body.value : decode(scope, body.bytes)
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw badRequest('the object provided is unrecognized (must be of type DeleteOptions)')
  }
  const { kind } = value as { readonly kind?: unknown }
  if (kind !== undefined && kind !== 'DeleteOptions') {
    throw badRequest(`decoded object cannot be converted to DeleteOptions: ${String(kind)}`)
  }
  try {
    return prune(value, scope.world.schemaOf(schemaName)).value as GivenOptions
  } catch (error) {
    throw badRequest(messageOf(error))
  }
}

/** What a body says that does not say its kind. */
const optionsKind = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' } as const

const schemaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'

function decode(scope: RequestScope, bytes: Uint8Array): unknown {
  const mediaType = mediaTypeOf(scope.request)
  try {
    switch (mediaType) {
      case 'application/json':
        return decodeJson(bytes).value
      case 'application/yaml':
        return decodeYamlBody(Buffer.from(bytes).toString('utf8')).value
      case protobufMediaType:
        return scope.world.protobuf.decode(bytes)
      case cborMediaType:
        return decodeCbor(bytes)
    }
  } catch (error) {
    throw badRequest(messageOf(error))
  }
  throw unsupportedMediaType(bodyMediaTypes)
}

function fromQuery(query: URLSearchParams): GivenOptions {
  const grace = query.get('gracePeriodSeconds')
  const policy = query.get('propagationPolicy')
  const orphan = query.get('orphanDependents')
  const dryRun = query.getAll('dryRun').filter((value) => value !== '')
  if (grace !== null && !/^[+-]?\d+$/.test(grace)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`)
  }
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  }
}
