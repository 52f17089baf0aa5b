/**
 * The errors of the API by name. Codes, reasons and texts are those of apimachinery's `api/errors`.
 */
import { aggregateMessage, type FieldError, fieldErrorBody } from '../fields/field-errors.ts'
import { groupResourceOf, type ResourceRef } from '../meta/resource.ts'
import { goQuote } from '../values/go-format.ts'
import { type StatusCause, type StatusDetails, StatusError, type StatusReason } from './status.ts'

/** A resource as error texts name it; any `ResourceRef` will do. */
export type ResourceName = Pick<ResourceRef, 'group' | 'plural'>

/** A kind as error texts name it; any `ResourceRef` will do. */
export type KindName = Pick<ResourceRef, 'group' | 'kind'>

/** Why an update with a stale resourceVersion is refused (apiserver's `OptimisticLockErrorMsg`). */
export const optimisticLockMessage =
  'the object has been modified; please apply your changes to the latest version and try again'

/** Makes the error 404 `pods "x" not found`. */
export function notFound(resource: ResourceName, name: string): StatusError {
  return new StatusError({
    code: 404,
    reason: 'NotFound',
    message: `${quoted(resource, name)} not found`,
    details: details(resource, name),
  })
}

/** Makes the error 409 `pods "x" already exists`. */
export function alreadyExists(resource: ResourceName, name: string): StatusError {
  return new StatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${quoted(resource, name)} already exists`,
    details: details(resource, name),
  })
}

/**
 * Makes the error 409 that no free name was found for a `generateName` prefix within the attempts
 * allowed.
 */
export function generateNameConflict(
  resource: ResourceName,
  name: string,
  retryAfterSeconds: number,
): StatusError {
  const why = 'already exists, the server was not able to generate a unique name for the object'
  return new StatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${quoted(resource, name)} ${why}`,
    details: { ...details(resource, name), retryAfterSeconds },
  })
}

/**
 * Makes the error 409 `Operation cannot be fulfilled on pods "x": …`, by default that the object
 * has moved on.
 */
export function conflict(
  resource: ResourceName,
  name: string,
  why: string = optimisticLockMessage,
): StatusError {
  return new StatusError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${quoted(resource, name)}: ${why}`,
    details: details(resource, name),
  })
}

/** 409: server-side apply would take fields that other managers own. */
export function applyConflict(causes: readonly StatusCause[], message: string): StatusError {
  return new StatusError({ code: 409, reason: 'Conflict', message, details: { causes } })
}

/** Of more errors of one object the rest is counted: upstream's texts of all of them take megabytes. */
const maxReported = 1_000

/** Makes the error 422 `Pod "x" is invalid: spec.containers[0].image: Required value`. */
export function invalid(
  resource: KindName,
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const causes = errors.slice(0, maxReported).map((error) => ({
    reason: error.type,
    message: fieldErrorBody(error),
    field: error.field,
  }))
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`
  const head = `${kind} ${goQuote(name)} is invalid`
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: errors.length === 0 ? head : `${head}: ${aggregateMessage(errors, maxReported)}`,
    details: { name, group: resource.group, kind: resource.kind, causes },
  })
}

/** Makes the error 403 `pods "x" is forbidden: …`, or without a name `pods is forbidden: …`. */
export function forbidden(resource: ResourceName, name: string, why: string): StatusError {
  const subject = name === '' ? groupResourceOf(resource) : quoted(resource, name)
  const anything = resource.group === '' && resource.plural === ''
  return new StatusError({
    code: 403,
    reason: 'Forbidden',
    message: anything ? `forbidden: ${why}` : `${subject} is forbidden: ${why}`,
    details: details(resource, name),
  })
}

/**
 * Makes the error 401. The API server answers requests without valid credentials with the text
 * `Unauthorized`.
 */
export function unauthorized(message = 'not authorized'): StatusError {
  return plain(401, 'Unauthorized', message)
}

/** Makes the error 400 with the text as it is. */
export function badRequest(message: string): StatusError {
  return plain(400, 'BadRequest', message)
}

/**
 * Makes the error 410 Expired: the resourceVersion or continue token lies before the history that
 * is kept.
 */
export function resourceExpired(message: string): StatusError {
  return plain(410, 'Expired', message)
}

/** Makes the error 413 `Request entity too large: …`. */
export function requestEntityTooLarge(message: string): StatusError {
  return plain(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`)
}

/** 415 for a body whose Content-Type the endpoint cannot read. */
export function unsupportedMediaType(supported: readonly string[]): StatusError {
  return plain(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
  )
}

/** 406 when no media type in Accept can be produced. */
export function notAcceptable(supported: readonly string[]): StatusError {
  return plain(
    406,
    'NotAcceptable',
    `only the following media types are accepted: ${supported.join(', ')}`,
  )
}

/** Makes the error 504 Timeout: the request may still complete. */
export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  return new StatusError({
    code: 504,
    reason: 'Timeout',
    message: `Timeout: ${message}`,
    details: { retryAfterSeconds },
  })
}

/**
 * Makes the error 500 ServerTimeout `The POST operation against pods could not be completed at this
 * time, …`.
 */
export function serverTimeout(
  resource: ResourceName,
  operation: string,
  retryAfterSeconds: number,
): StatusError {
  const subject = `The ${operation} operation against ${groupResourceOf(resource)}`
  return new StatusError({
    code: 500,
    reason: 'ServerTimeout',
    message: `${subject} could not be completed at this time, please try again.`,
    details: { ...details(resource, operation), retryAfterSeconds },
  })
}

/** Makes the error 503 with the text as it is. */
export function serviceUnavailable(message: string): StatusError {
  return plain(503, 'ServiceUnavailable', message)
}

/** Makes the error 500 `Internal error occurred: …`. */
export function internalError(message: string, cause?: unknown): StatusError {
  return new StatusError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
    cause,
  })
}

function plain(code: number, reason: StatusReason, message: string): StatusError {
  return new StatusError({ code, reason, message })
}

function quoted(resource: ResourceName, name: string): string {
  return `${groupResourceOf(resource)} ${goQuote(name)}`
}

function details(resource: ResourceName, name: string): StatusDetails {
  return { name, group: resource.group, kind: resource.plural }
}
