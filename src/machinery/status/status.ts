import { messageOf } from '#lib'

/** The machine-readable reasons of metav1.Status. The empty one is upstream's "Unknown". */
export type StatusReason =
  | ''
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'StoreReadError'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable'

/** One of several causes of a failure; `field` is a path such as `spec.containers[0].name`. */
export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** The parts of metav1.ListMeta that a Status may carry. */
export interface StatusMetadata {
  readonly resourceVersion?: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** A status (metav1.Status) is the body of every failed request and of some successful ones. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: StatusMetadata
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: StatusReason
  readonly details?: StatusDetails
  readonly code?: number
}

/** What a failure is made of; empty parts do not reach the wire. */
export interface Failure {
  readonly code: number
  readonly reason: StatusReason
  readonly message: string
  readonly details?: StatusDetails
  readonly metadata?: StatusMetadata
  readonly cause?: unknown
}

/** An answer of the API that is an error: its HTTP code and its `Status` body. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: StatusReason
  readonly details: StatusDetails | undefined
  readonly metadata: StatusMetadata

  constructor(failure: Failure) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.name = 'StatusError'
    this.code = failure.code
    this.reason = failure.reason
    this.details = failure.details && withoutEmpty(failure.details)
    this.metadata = failure.metadata ?? {}
  }

  /** The body as it goes over the wire, its members in upstream's order. */
  get status(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.metadata,
      status: 'Failure',
      ...(this.message === '' ? {} : { message: this.message }),
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    }
  }
}

/** A successful Status, for example the answer to a delete that took effect at once. */
export function successStatus(details?: StatusDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details ? { details: withoutEmpty(details) } : {}),
  }
}

/** Whether a decoded body is a failed Status. */
export function isFailedStatus(body: unknown): body is Status {
  if (body === null || typeof body !== 'object') return false
  const { kind, apiVersion, status } = body as Partial<Status>
  return kind === 'Status' && apiVersion === 'v1' && status === 'Failure'
}

/** The error that a failed Status received from a server stands for. */
export function errorFromStatus(status: Status): StatusError {
  return new StatusError({
    code: status.code ?? 0,
    reason: status.reason ?? '',
    message: status.message ?? '',
    ...(status.details ? { details: status.details } : {}),
    metadata: status.metadata ?? {},
  })
}

/** The StatusError in an error or in the chain of its causes. */
export function findStatusError(error: unknown): StatusError | undefined {
  let current = error
  for (let depth = 0; depth < 32 && current instanceof Error; depth++) {
    if (current instanceof StatusError) return current
    current = current.cause
  }
  return undefined
}

/**
 * What the API answers to an error: its own Status, or 500 without a reason for one that has none
 * (upstream: apiserver's `ErrorToAPIStatus`).
 */
export function toStatusError(error: unknown): StatusError {
  return (
    findStatusError(error) ??
    new StatusError({ code: 500, reason: '', message: messageOf(error), cause: error })
  )
}

function withoutEmpty(details: StatusDetails): StatusDetails {
  const { name, group, kind, uid, causes, retryAfterSeconds } = details
  return {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    ...(kind ? { kind } : {}),
    ...(uid ? { uid } : {}),
    ...(causes?.length ? { causes } : {}),
    ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
  }
}
