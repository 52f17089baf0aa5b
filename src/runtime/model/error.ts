/**
 * A runtime error code is one of gRPC's status codes, which the CRI uses; `canceled` is spelt as
 * Go's library prints it.
 */
export type RuntimeErrorCode =
  | 'canceled'
  | 'unknown'
  | 'invalidArgument'
  | 'deadlineExceeded'
  | 'notFound'
  | 'alreadyExists'
  | 'permissionDenied'
  | 'resourceExhausted'
  | 'failedPrecondition'
  | 'aborted'
  | 'outOfRange'
  | 'unimplemented'
  | 'internal'
  | 'unavailable'
  | 'dataLoss'
  | 'unauthenticated'

/**
 * The rejection of every Runtime operation. `message` is the runtime's own description without any
 * prefix, because the kubelet copies it into container statuses and events.
 */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError'
  readonly code: RuntimeErrorCode

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Whether `error` is a RuntimeError with this code. */
export function isRuntimeError(error: unknown, code: RuntimeErrorCode): error is RuntimeError {
  return error instanceof RuntimeError && error.code === code
}

/**
 * The error as grpc-go prints it (`rpc error: code = NotFound desc = …`): what upstream's kubelet
 * shows where it formats the error itself rather than its description.
 */
export function rpcErrorText(error: RuntimeError): string {
  const name = error.code.charAt(0).toUpperCase() + error.code.slice(1)
  return `rpc error: code = ${name} desc = ${error.message}`
}
