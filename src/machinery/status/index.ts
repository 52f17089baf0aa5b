export {
  cannotBeHandled,
  strictDecodingError,
  strictFaults,
  unrecognized,
} from './decode-errors.ts'
export { genericServerResponse } from './generic-response.ts'
export {
  errorFromStatus,
  findStatusError,
  isFailedStatus,
  type Status,
  StatusError,
  successStatus,
  toStatusError,
} from './status.ts'
export {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  generateNameConflict,
  internalError,
  invalid,
  notAcceptable,
  notFound,
  optimisticLockMessage,
  requestEntityTooLarge,
  resourceExpired,
  serverTimeout,
  serviceUnavailable,
  timeout,
  unauthorized,
  unsupportedMediaType,
} from './status-errors.ts'
export {
  isAlreadyExists,
  isConflict,
  isGone,
  isInvalid,
  isMethodNotSupported,
  isNotFound,
  isResourceExpired,
  isTooManyRequests,
  isUnsupportedMediaType,
  statusCause,
} from './status-predicates.ts'
