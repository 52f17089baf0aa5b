import type { ServiceError } from '@grpc/grpc-js'
import type { GrpcHealthOutcome, GrpcHealthRequest } from '../model/dialer.ts'
import { goDuration, joinHostPort } from './go-errors.ts'

const servingStatuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

const unhealthy = (message: string): GrpcHealthOutcome => ({ kind: 'unhealthy', message })

/** The connection did not come about. */
export function grpcConnectFailure(
  request: GrpcHealthRequest,
  cause: Error | 'timeout',
): GrpcHealthOutcome {
  const address = JSON.stringify(joinHostPort(request))
  if (cause !== 'timeout') {
    return unhealthy(`error: failed to connect service at ${address}: ${cause.message}`)
  }
  const within = goDuration(request.timeoutMs)
  return unhealthy(
    `timeout: failed to connect service ${address} within ${within}: context deadline exceeded`,
  )
}

/** The server's status by its number, its error, or its silence. */
export function grpcHealthOutcome(
  result: number | Pick<ServiceError, 'code' | 'details'> | 'timeout',
  request: GrpcHealthRequest,
): GrpcHealthOutcome {
  if (typeof result === 'number') {
    const name = servingStatuses[result] ?? String(result)
    if (name === 'SERVING') return { kind: 'healthy', message: 'service healthy' }
    return unhealthy(`service unhealthy (responded with ${JSON.stringify(name)})`)
  }
  if (result === 'timeout' || result.code === codeNumbers.DeadlineExceeded) {
    const within = goDuration(request.timeoutMs)
    return unhealthy(`timeout: health rpc did not complete within ${within}`)
  }
  if (result.code === codeNumbers.Unimplemented) {
    return unhealthy(
      `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${result.details}`,
    )
  }
  const code = codeNames[result.code] ?? `Code(${result.code})`
  const status = `rpc error: code = ${code} desc = ${result.details}`
  return unhealthy(`error: health rpc probe failed: ${status}`)
}

const codeNumbers = { DeadlineExceeded: 4, Unimplemented: 12 } as const

/** By number, as Go names them. */
const codeNames: readonly string[] = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
]
