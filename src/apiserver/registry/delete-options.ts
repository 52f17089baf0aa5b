import { badRequest, decodeJson, decodeYamlBody } from '#machinery'
import { mediaTypeOf } from './decode.ts'
import type { Scope } from './scope.ts'

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly orphanDependents?: boolean
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: readonly string[]
}

/** The options of a delete: in the body, or as query parameters. */
export function decodeBody(scope: Scope): DeleteOptions {
  const { body, query } = scope.request
  const given = body && (body.kind === 'value' ? body.value : parse(scope, body.bytes))
  if (given && typeof given === 'object') return checked(given as DeleteOptions)
  const grace = query.get('gracePeriodSeconds')
  const policy = query.get('propagationPolicy')
  const orphan = query.get('orphanDependents')
  return checked({
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy as 'Background' }),
    ...(orphan === null ? {} : { orphanDependents: orphan === 'true' }),
  })
}

function parse(scope: Scope, bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined
  try {
    const mediaType = mediaTypeOf(scope)
    if (mediaType === 'application/vnd.kubernetes.protobuf')
      return scope.world.protobuf.decode(bytes)
    if (mediaType === 'application/yaml') return decodeYamlBody(Buffer.from(bytes).toString('utf8'))
    return decodeJson(bytes).value
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}

function checked(options: DeleteOptions): DeleteOptions {
  const { gracePeriodSeconds } = options
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) {
    throw badRequest('gracePeriodSeconds must be a whole number')
  }
  // Upstream takes a negative grace period as one second.
  return gracePeriodSeconds !== undefined && gracePeriodSeconds < 0
    ? { ...options, gracePeriodSeconds: 1 }
    : options
}
