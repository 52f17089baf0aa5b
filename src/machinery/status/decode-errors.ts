/** The texts with which apiserver refuses a body that cannot be decoded. */
import type { StatusError } from './status.ts'
import { badRequest } from './status-errors.ts'

const maxStrictErrors = 100

/** What a body claims to be. */
export interface ClaimedKind {
  readonly version: string
  readonly kind: string
}

/** 400 for a body that claims a kind: `Pod in version "v1" cannot be handled as a Pod: …`. */
export function cannotBeHandled(
  claimed: ClaimedKind,
  wantedKind: string,
  why: string,
): StatusError {
  const { kind, version } = claimed
  return badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${wantedKind}: ${why}`,
  )
}

/** 400 for a body that claims none: `the object provided is unrecognized (must be of type Pod): …`. */
export function unrecognized(wantedKind: string, why: string, body: Uint8Array): StatusError {
  const head = `the object provided is unrecognized (must be of type ${wantedKind})`
  return badRequest(`${head}: ${why} (${summarize(body)})`)
}

/** What strict decoding calls unknown fields, once each: `unknown field "spec.foo"`. */
export function strictFaults(unknownFields: readonly string[]): readonly string[] {
  const paths = [...new Set(unknownFields)].slice(0, maxStrictErrors)
  return paths.map((path) => `unknown field ${JSON.stringify(path)}`)
}

/** The error text of strict validation: `strict decoding error: unknown field "spec.foo", …`. */
export function strictDecodingError(faults: readonly string[]): string {
  return `strict decoding error: ${faults.join(', ')}`
}

const summaryBytes = 30

function summarize(body: Uint8Array): string {
  if (body.length === 0) return '<empty>'
  const head = Buffer.from(body.subarray(0, summaryBytes))
  const text = body[0] === 0x7b ? head.toString() : head.toString('hex')
  return body.length > summaryBytes ? `${text} ...` : text
}
