import { isIP } from 'node:net'
import {
  type ConnectOutcome,
  type Deadline,
  type Dialer,
  type DialHttpRequest,
  type DialTarget,
  dialTimeout,
  followRedirects,
  type GrpcHealthOutcome,
  type GrpcHealthRequest,
  grpcConnectFailure,
  grpcHealthOutcome,
  type HttpExchange,
  type HttpOutcome,
  headersTimeout,
  malformedText,
  socketErrorText,
  startDeadline,
  type TcpOutcome,
  type TcpRequest,
  urlError,
} from '#network'
import type { NetworkResponse, TransportProtocol } from '../model/fabric.ts'
import {
  awaitConnectFailure,
  type ConnectionAttempt,
  type ConnectionContext,
  connect,
  exchange,
} from './connection.ts'
import { serveHttp } from './http-stream.ts'
import type { Origin } from './route.ts'

/** Looks a host name up; undefined: there is no such host. */
type Resolve = (name: string) => string | undefined

export interface SimDialerOptions {
  readonly connections: ConnectionContext
  readonly origin: Origin
  readonly resolve: Resolve
}

type DialedConnection = ConnectionAttempt | { readonly kind: 'unknownHost' }

/** Dials over the fabric, in the words of the real dialer. */
export function createSimDialer(options: SimDialerOptions): Dialer {
  return {
    http: (request, signal) => dialHttp(options, request, signal),
    tcp: (request, signal) => dialTcp(options, request, signal),
    grpcHealth: (request, signal) => dialGrpcHealth(options, request, signal),
    connect: (request, signal) => openConnection(options, request, signal),
  }
}

/** Opens a connection to an address or a name. */
export function openDialTarget(
  { connections, origin, resolve }: SimDialerOptions,
  { host, port }: DialTarget,
  transport: TransportProtocol = 'tcp',
): DialedConnection {
  const name = host.toLowerCase().replace(/\.$/, '')
  const ip = name === 'localhost' ? '127.0.0.1' : isIP(host) ? host : resolve(name)
  return ip === undefined
    ? { kind: 'unknownHost' }
    : connect(connections, origin, { ip, port, transport })
}

function dialHttp(
  options: SimDialerOptions,
  first: DialHttpRequest,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  const { clock } = options.connections
  const exchange: HttpExchange = (request, deadline) => askHttp(options, request, deadline)
  return followRedirects({ clock, first, exchange }, signal)
}

async function askHttp(
  options: SimDialerOptions,
  request: DialHttpRequest,
  deadline: Deadline,
): Promise<HttpOutcome> {
  const connection = openDialTarget(options, request)
  const failed = (stage: 'connect' | 'headers', reason: string): HttpOutcome => ({
    kind: 'failed',
    stage,
    message: urlError(request, reason),
  })
  if (connection.kind === 'unknownHost') return failed('connect', lookupFailure(request))
  const { method, path, headers } = request
  const unsent = {
    protocol: 'http',
    method,
    path,
    headers: withHost(request, headers),
    ...(request.scheme === 'https' && { isSecure: true as const }),
  } as const
  const outcome = await exchange(connection, unsent, options.connections.clock, deadline)
  if (outcome.kind === 'answered') return answerOf(outcome.response, request, failed)
  if (outcome.why === 'timeout') return failed(outcome.stage, headersTimeout)
  if (outcome.why !== 'reset') return failed('connect', connectFailure(outcome.why, request))
  const remote =
    connection.kind === 'open' ? { host: connection.at.ip, port: connection.at.port } : request
  const local = { host: options.origin.ip, port: ephemeralPort }
  const reset = errno('ECONNRESET', 'read')
  return failed('headers', socketErrorText(reset, request, { local, remote }))
}

/** The connection's own port. Connections are not told apart, so one stands for all. */
const ephemeralPort = 40_000

type HttpHeaders = DialHttpRequest['headers']

function withHost({ host, port }: DialTarget, headers: HttpHeaders): HttpHeaders {
  if (headers.some(([name]) => name.toLowerCase() === 'host')) return headers
  return [['Host', `${host.includes(':') ? `[${host}]` : host}:${port}`], ...headers]
}

function answerOf(
  { status, headers, body }: NetworkResponse,
  request: DialHttpRequest,
  failed: (stage: 'headers', reason: string) => HttpOutcome,
): HttpOutcome {
  if (status === 0) {
    return failed('headers', body.length === 0 ? 'EOF' : malformedText(Buffer.from(body)))
  }
  return {
    kind: 'answered',
    status,
    headers: headers.map(([name, value]) => [name.toLowerCase(), value]),
    body:
      request.method === 'HEAD' ? body.subarray(0, 0) : body.subarray(0, request.bodyLimitBytes),
  }
}

/** As Go words it. */
function connectFailure(why: 'refused' | 'noRoute' | 'unreachable', target: DialTarget): string {
  return socketErrorText(errno(connectErrors[why], 'connect'), target)
}

const connectErrors = {
  refused: 'ECONNREFUSED',
  noRoute: 'EHOSTUNREACH',
  unreachable: 'ENETUNREACH',
} as const

function lookupFailure(target: DialTarget): string {
  return socketErrorText(errno('ENOTFOUND', 'getaddrinfo'), target)
}

/** What the kernel would have said. */
const errno = (code: string, syscall: string): NodeJS.ErrnoException =>
  Object.assign(new Error(code), { code, syscall })

async function dialTcp(
  options: SimDialerOptions,
  request: TcpRequest,
  signal: AbortSignal,
): Promise<TcpOutcome> {
  const outcome = await openConnection(options, request, signal)
  if (outcome.kind === 'failed') return outcome
  await outcome.connection[Symbol.asyncDispose]()
  return { kind: 'connected' }
}

async function openConnection(
  options: SimDialerOptions,
  request: TcpRequest,
  signal: AbortSignal,
): Promise<ConnectOutcome> {
  signal.throwIfAborted()
  const connection = openDialTarget(options, request)
  if (connection.kind === 'unknownHost') return { kind: 'failed', message: lookupFailure(request) }
  using deadline = startDeadline(options.connections.clock, request.timeoutMs, signal)
  if (connection.kind === 'open') {
    const isOpened = await opened(connection.link.open(deadline.signal))
    signal.throwIfAborted()
    if (!isOpened) return { kind: 'failed', message: dialTimeout(request) }
    return { kind: 'connected', connection: serveHttp(connection) }
  }
  const why = await awaitConnectFailure(connection.kind, options.connections.clock, deadline.signal)
  signal.throwIfAborted()
  if (why === 'timeout') return { kind: 'failed', message: dialTimeout(request) }
  return { kind: 'failed', message: connectFailure(why, request) }
}

/** Whether a connection could be opened in time. */
async function opened(opening: Promise<void> | undefined): Promise<boolean> {
  if (opening === undefined) return true
  return opening.then(
    () => true,
    () => false,
  )
}

/** In the numbers of the health protocol, and of gRPC's errors. */
const serving = 1
const notServing = 2
const notFound = { code: 5, details: 'unknown service' }
const unimplemented = { code: 12, details: 'unknown service grpc.health.v1.Health' }

async function dialGrpcHealth(
  options: SimDialerOptions,
  request: GrpcHealthRequest,
  signal: AbortSignal,
): Promise<GrpcHealthOutcome> {
  signal.throwIfAborted()
  using deadline = startDeadline(options.connections.clock, request.timeoutMs, signal)
  const connection = openDialTarget(options, request)
  // A gRPC client goes on connecting until its time is up, whatever the reason of the failure.
  const isOpen = connection.kind === 'open'
  const unsent = { protocol: 'grpc', service: request.service } as const
  const tried = isOpen ? connection : ({ kind: 'silent' } as const)
  const outcome = await exchange(tried, unsent, options.connections.clock, deadline)
  signal.throwIfAborted()
  if (!isOpen) return grpcConnectFailure(request, 'timeout')
  if (outcome.kind === 'failed') {
    const broken = { code: 14, details: 'error reading from server: EOF' }
    return grpcHealthOutcome(outcome.why === 'timeout' ? 'timeout' : broken, request)
  }
  return grpcHealthOutcome(healthResult(outcome.response.status), request)
}

function healthResult(status: number) {
  if (status === 200) return serving
  if (status === 503) return notServing
  return status === 404 ? notFound : unimplemented
}
