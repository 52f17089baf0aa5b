import { type ServiceError, status } from '@grpc/grpc-js'
import { RuntimeError, type RuntimeErrorCode } from '../../model/error.ts'

const codes: Readonly<Record<number, RuntimeErrorCode>> = {
  [status.CANCELLED]: 'canceled',
  [status.UNKNOWN]: 'unknown',
  [status.INVALID_ARGUMENT]: 'invalidArgument',
  [status.DEADLINE_EXCEEDED]: 'deadlineExceeded',
  [status.NOT_FOUND]: 'notFound',
  [status.ALREADY_EXISTS]: 'alreadyExists',
  [status.PERMISSION_DENIED]: 'permissionDenied',
  [status.RESOURCE_EXHAUSTED]: 'resourceExhausted',
  [status.FAILED_PRECONDITION]: 'failedPrecondition',
  [status.ABORTED]: 'aborted',
  [status.OUT_OF_RANGE]: 'outOfRange',
  [status.UNIMPLEMENTED]: 'unimplemented',
  [status.INTERNAL]: 'internal',
  [status.UNAVAILABLE]: 'unavailable',
  [status.DATA_LOSS]: 'dataLoss',
  [status.UNAUTHENTICATED]: 'unauthenticated',
}

/** The runtime's error; what the connection itself reports is worded as grpc-go words it. */
export function toRuntimeError(error: ServiceError, socketPath: string): RuntimeError {
  const code = codes[error.code] ?? 'unknown'
  return new RuntimeError(code, description(code, error, socketPath), { cause: error })
}

function description(code: RuntimeErrorCode, error: ServiceError, socketPath: string): string {
  if (code === 'deadlineExceeded' && error.details.startsWith('Deadline exceeded')) {
    return 'context deadline exceeded'
  }
  if (code === 'unavailable' && /No connection established|ECONN|ENOENT/.test(error.details)) {
    const why = /ENOENT/.test(error.details) ? 'no such file or directory' : 'connection refused'
    const dialing = `dial unix ${socketPath}: connect: ${why}`
    return `connection error: desc = "transport: Error while dialing: ${dialing}"`
  }
  return error.details
}
