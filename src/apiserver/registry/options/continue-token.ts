import { messageOf } from '#lib'
import { badRequest } from '#machinery/status'

/** Where a list goes on (upstream: apiserver's `storage/continue.go`). */
export interface Continuation {
  /** The revision of the first page; undefined for a list that goes on inconsistently. */
  readonly revision: number | undefined
  /** The first key to look at, within the resource. */
  readonly start: string
}

const tokenVersion = 'meta.k8s.io/v1'
/** Stands for "whatever the newest is". */
const anyRevision = -1

/** The `continue` token that a client sends back to get the next page. */
export function formatContinuation({ revision = anyRevision, start }: Continuation): string {
  const token = JSON.stringify({ v: tokenVersion, rv: revision, start })
  return Buffer.from(token).toString('base64url')
}

/** @throws StatusError 400 for what is no token. */
export function parseContinuation(token: string): Continuation {
  const { v, rv, start } = decode(token)
  if (v !== tokenVersion)
    throw invalid(`server does not recognize this encoded version ${String(v)}`)
  if (rv === 0 || !Number.isSafeInteger(rv)) {
    throw invalid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  }
  if (typeof start !== 'string' || start === '') {
    throw invalid('encoded start key empty (version meta.k8s.io/v1)')
  }
  const revision = rv as number
  return { revision: revision < 0 ? undefined : revision, start }
}

function decode(token: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch (error) {
    throw invalid(messageOf(error))
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw invalid('not an object')
}

function invalid(why: string) {
  return badRequest(`continue key is not valid: ${why}`)
}
