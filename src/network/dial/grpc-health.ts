import type { ServiceError } from '@grpc/grpc-js'
import type { Clock } from '#lib'
import type { GrpcHealthOutcome, GrpcHealthRequest } from '../model/dialer.ts'
import { joinHostPort } from './go-errors.ts'
import { grpcConnectFailure, grpcHealthOutcome } from './grpc-words.ts'

const method = '/grpc.health.v1.Health/Check'

/** Asks a server's health service, with the texts of upstream's gRPC prober. */
export async function dialGrpcHealth(
  clock: Clock,
  request: GrpcHealthRequest,
  signal: AbortSignal,
): Promise<GrpcHealthOutcome> {
  signal.throwIfAborted()
  // Loaded on first use: most processes never make such a probe.
  const { Client, credentials } = await import('@grpc/grpc-js')
  const client = new Client(joinHostPort(request), credentials.createInsecure(), {
    'grpc.primary_user_agent': request.userAgent,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    // A connection of its own for each probe, and no long pause after a refused attempt.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
  })
  const timeout = Promise.withResolvers<'timeout'>()
  using _timer = clock.timer(request.timeoutMs, () => timeout.resolve('timeout'))
  const onAbort = () => timeout.resolve('timeout')
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const ready = new Promise<Error | undefined>((resolve) =>
      client.waitForReady(Number.POSITIVE_INFINITY, resolve),
    )
    const connected = await Promise.race([ready, timeout.promise])
    signal.throwIfAborted()
    if (connected !== undefined) return grpcConnectFailure(request, connected)
    const answer = new Promise<number | ServiceError>((resolve) => {
      const encode = (service: string) => encodeRequest(service)
      const done = (error: ServiceError | null, status?: number) => resolve(error ?? status ?? 0)
      client.makeUnaryRequest(method, encode, decodeStatus, request.service, done)
    })
    const result = await Promise.race([answer, timeout.promise])
    signal.throwIfAborted()
    return grpcHealthOutcome(result, request)
  } finally {
    signal.removeEventListener('abort', onAbort)
    client.close()
  }
}

/** `message HealthCheckRequest { string service = 1; }` */
export function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service)
  return name.length === 0
    ? name
    : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name])
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

/** `message HealthCheckResponse { ServingStatus status = 1; }`; all its values fit one byte. */
function decodeStatus(bytes: Buffer): number {
  return bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0
}
