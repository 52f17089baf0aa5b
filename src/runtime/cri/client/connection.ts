import {
  Client,
  type ClientReadableStream,
  credentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import type { Clock } from '#lib'
import { type Methods, methods } from '../generated/messages.ts'
import { decodeCri, encodeCri, type Outgoing } from './codec.ts'
import { toRuntimeError } from './errors.ts'

/** How long one call may take. */
export interface CallLimits {
  /** 0 waits for ever. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** A gRPC connection to a CRI socket. It is made when first used and again when it broke. */
export interface CriConnection {
  call<M extends keyof Methods>(
    method: M,
    request: Outgoing<Methods[M]['request']>,
    limits: CallLimits,
  ): Promise<Methods[M]['response']>
  /** A stream of responses; ends without error when the signal aborts. */
  stream<M extends keyof Methods>(
    method: M,
    request: Outgoing<Methods[M]['request']>,
    signal: AbortSignal,
  ): AsyncIterable<Methods[M]['response']>
  close(): void
}

/** Upstream's bound for a message of the runtime. */
const messageLimitBytes = 16 * 1024 * 1024

/** `endpoint` is a path, or `unix://` with one. */
function socketPathOf(endpoint: string): string {
  return endpoint.replace(/^unix:(\/\/)?/, '')
}

export function connectRuntime(endpoint: string, clock: Clock): CriConnection {
  const socketPath = socketPathOf(endpoint)
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': messageLimitBytes,
    'grpc.max_send_message_length': messageLimitBytes,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
    'grpc.enable_retries': 0,
  })
  return {
    call: (method, request, limits) =>
      unary(client, socketPath, wire(method, request, clock), limits),
    stream: (method, request, signal) =>
      serverStream(client, socketPath, wire(method, request, clock), signal),
    close: () => client.close(),
  }
}

interface WireCall {
  readonly path: string
  readonly bytes: Buffer
  readonly responseType: string
  readonly startedAtMs: number
}

function wire(method: keyof Methods, request: object, clock: Clock): WireCall {
  const { path, request: requestType, response: responseType } = methods[method]
  const bytes = encodeCri(requestType, request)
  return { path, bytes, responseType, startedAtMs: clock.wallMs() }
}

const identity = (bytes: Buffer): Buffer => bytes

function unary<T>(
  client: Client,
  socketPath: string,
  { path, bytes, responseType, startedAtMs }: WireCall,
  { timeoutMs, signal }: CallLimits,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const options = timeoutMs > 0 ? { deadline: startedAtMs + timeoutMs } : {}
    const done = (error: ServiceError | null, response?: Buffer) => {
      signal.removeEventListener('abort', onAbort)
      if (signal.aborted) return reject(signal.reason)
      if (error) return reject(toRuntimeError(error, socketPath))
      resolve(decodeCri<T>(responseType, response ?? Buffer.alloc(0)))
    }
    const call = client.makeUnaryRequest(path, identity, identity, bytes, options, done)
    const onAbort = () => call.cancel()
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

async function* serverStream<T>(
  client: Client,
  socketPath: string,
  { path, bytes, responseType }: WireCall,
  signal: AbortSignal,
): AsyncGenerator<T> {
  if (signal.aborted) return
  const call: ClientReadableStream<Buffer> = client.makeServerStreamRequest(
    path,
    identity,
    identity,
    bytes,
  )
  const onAbort = () => call.cancel()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for await (const message of call) yield decodeCri<T>(responseType, message as Buffer)
  } catch (error) {
    if (signal.aborted || (error as ServiceError).code === status.CANCELLED) return
    throw toRuntimeError(error as ServiceError, socketPath)
  } finally {
    signal.removeEventListener('abort', onAbort)
    call.cancel()
  }
}
