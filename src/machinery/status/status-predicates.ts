import { findStatusError, type StatusCause, type StatusReason } from './status.ts'

type Predicate = (error: unknown) => boolean

/** 404, by reason; by code only when the reason says nothing. All predicates look into causes. */
export const isNotFound: Predicate = byReasonOrCode('NotFound', 404)
/** Tells whether an error is 409 AlreadyExists: the name is taken. */
export const isAlreadyExists: Predicate = byReason('AlreadyExists')
/** Tells whether an error is 409 Conflict: the object has changed since it was read. */
export const isConflict: Predicate = byReasonOrCode('Conflict', 409)
/** Tells whether an error is 422 Invalid: validation has refused the object. */
export const isInvalid: Predicate = byReasonOrCode('Invalid', 422)
/** Tells whether an error is 410 Gone: what was asked for is there no more. */
export const isGone: Predicate = byReasonOrCode('Gone', 410)
/** Tells whether an error is 410 Expired: list again, or start over without the continue token. */
export const isResourceExpired: Predicate = byReason('Expired')
/** Tells whether an error is 405 MethodNotAllowed: the resource does not serve the verb. */
export const isMethodNotSupported: Predicate = byReasonOrCode('MethodNotAllowed', 405)
/** Tells whether an error is 415 UnsupportedMediaType: the body is in a form that is not read. */
export const isUnsupportedMediaType: Predicate = byReasonOrCode('UnsupportedMediaType', 415)
/** 429 whatever the reason says. */
export const isTooManyRequests: Predicate = byCode('TooManyRequests', 429)

/** The reason of any error; empty when it has none. */
function reasonOf(error: unknown): StatusReason {
  return findStatusError(error)?.reason ?? ''
}

/** The first cause of the given type in an error's details. */
export function statusCause(error: unknown, reason: string): StatusCause | undefined {
  return findStatusError(error)?.details?.causes?.find((cause) => cause.reason === reason)
}

function byReason(reason: StatusReason): Predicate {
  return (error) => reasonOf(error) === reason
}

function byReasonOrCode(reason: StatusReason, code: number): Predicate {
  return (error) => {
    const status = findStatusError(error)
    return status?.reason === reason || (status?.reason === '' && status.code === code)
  }
}

function byCode(reason: StatusReason, code: number): Predicate {
  return (error) => {
    const status = findStatusError(error)
    return status?.reason === reason || status?.code === code
  }
}
