import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { type Clock, KnarrError, type Logger, messageOf } from '#lib'
import type { ApiHandler, ApiRequest, ApiResponse } from '#machinery'
import { timeout } from '#machinery/status'
import type { ConnectHandler } from '../request/connection.ts'
import { apiRequestOf, type HttpRequest } from './api-request.ts'
import { type ClientAuthorities, type ClientProof, clientProofs } from './client-certificate.ts'
import { failedAnswer } from './failed-answer.ts'
import { type HttpLimits, httpLimits } from './limits.ts'
import { type OpenConnections, trackConnections } from './open-connections.ts'
import {
  type BodyMemory,
  type BodyShare,
  createBodyMemory,
  discardBody,
  isShortBody,
  readBody,
} from './request-body.ts'
import { serveUpgrade } from './upgrade.ts'
import { type HttpResponse, writeResponse } from './write-response.ts'

/** What an HTTPS server serves, and where. */
export interface ServeHttpsOptions {
  readonly handler: ApiHandler
  /** Without it requests to upgrade are refused. */
  readonly connectHandler?: ConnectHandler
  readonly tls: TlsOptions
  readonly address: string
  /** 0 for any free one. */
  readonly port: number
  readonly limits?: Partial<HttpLimits>
  readonly clock: Clock
  readonly log: Logger
}

/** PEM texts. Certificates of other authorities prove nothing. */
export interface TlsOptions extends ClientAuthorities {
  readonly key: string
  readonly certificate: string
}

/** A server that listens; disposing of it lets running requests end. */
export interface HttpsServer extends AsyncDisposable {
  readonly address: string
  readonly port: number
}

/**
 * Serves the API over HTTP/2 and HTTP/1.1 with TLS 1.2 or later. Disposing takes no more
 * connections, ends watches, lets other requests finish within `drainMs`, then closes.
 * @throws KnarrError `PortInUse` or `CannotListen`.
 */
export async function serveHttps(options: ServeHttpsOptions): Promise<HttpsServer> {
  const limits = { ...httpLimits, ...options.limits }
  const stopping = new AbortController()
  const server = createSecureServer(serverOptions(options.tls, limits))
  const open = trackConnections(server, limits)
  const parts = {
    options,
    limits,
    open,
    bodies: createBodyMemory(limits.allBodiesBytes),
    proofOf: clientProofs(options.tls),
    stopping: stopping.signal,
  }
  const serving = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    const safe = work.catch((error) =>
      options.log.debug('a connection broke', { error: messageOf(error) }),
    )
    serving.add(safe)
    void safe.finally(() => serving.delete(safe))
  }
  server.on('request', (request, response) => track(serve({ request, response }, parts)))
  // The client waits with its body until somebody wants it: that is told when it is read.
  server.on('checkContinue', (request, response) => track(serve({ request, response }, parts)))
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    if (hasIdentity(request)) open.identified(request.socket)
    const { handler: handle, connectHandler: connect, clock } = options
    const { proofOf } = parts
    if (connect) track(serveUpgrade({ request, socket, head }, { connect, handle, clock, proofOf }))
    else socket.destroy()
  })
  await listen(server, options)
  const { address, port } = server.address() as AddressInfo
  return {
    address,
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      stopping.abort(new KnarrError('ServerStopping', 'the API server is stopping'))
      open.finish()
      const late = Promise.withResolvers<void>()
      // A timer that is left would keep the process for as long as the longest drain.
      using _ = options.clock.timer(limits.drainMs, late.resolve)
      await Promise.race([Promise.allSettled(serving), late.promise])
      open.destroy()
      await closed
    },
  }
}

interface Exchange {
  readonly request: HttpRequest
  readonly response: HttpResponse
}

interface Serving {
  readonly options: ServeHttpsOptions
  readonly limits: HttpLimits
  readonly open: OpenConnections
  readonly bodies: BodyMemory
  readonly proofOf: (socket: object) => ClientProof
  readonly stopping: AbortSignal
}

async function serve(exchange: Exchange, serving: Serving): Promise<void> {
  const { request, response } = exchange
  const { options, limits, stopping } = serving
  const left = new AbortController()
  const leave = () => left.abort()
  response.on('close', leave)
  request.on('error', leave)
  response.on('error', leave)
  // Held until all is said: what a body has become lives as long.
  using share = serving.bodies.share()
  using sent = sending()
  const { whenSent } = sent
  const answer = await answerOf(exchange, serving, { left: left.signal, share, whenSent })
  if (answer.body.kind === 'watch' || answer.body.kind === 'stream') {
    endWith(stopping, leave)
    response.on('close', () => stopping.removeEventListener('abort', leave))
  }
  const isKnown = hasIdentity(request) && answer.status !== 401
  if (isKnown) serving.open.identified(request.socket)
  if (request.httpVersionMajor === 1 && !isShortBody(request))
    response.setHeader('connection', 'close')
  await writeResponse(response, answer, {
    isHead: request.method === 'HEAD',
    acceptsGzip: /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')),
    clock: options.clock,
    stallMs: limits.stallTimeoutMs,
    count: sent.count,
  })
  discardBody(request, { clock: options.clock, lingerMs: limits.lingerMs, isKnown })
  // Whoever is not known gets one round of requests (upstream: `UnauthenticatedHTTP2DOSMitigation`).
  if (!isKnown && 'stream' in request) request.stream.session?.close()
}

/** Whether a client has brought what may prove who it is. */
function hasIdentity({ headers, socket }: HttpRequest): boolean {
  // Cast: what this server accepts comes over TLS.
  return headers.authorization !== undefined || (socket as TLSSocket).authorized === true
}

interface Sending extends Disposable {
  readonly whenSent: NonNullable<ApiRequest['whenSent']>
  /** Takes note of bytes that have been sent. */
  readonly count: (bytes: number) => void
}

/** Takes what waits for an answer to be sent; disposed of when it is. */
function sending(): Sending {
  const waiting: ((bytes: number) => void)[] = []
  let isSent = false
  let length = 0
  return {
    whenSent(done) {
      if (isSent) done(length)
      else waiting.push(done)
    },
    count(bytes) {
      length += bytes
    },
    [Symbol.dispose]() {
      isSent = true
      for (const done of waiting) done(length)
    },
  }
}

interface Answering {
  readonly left: AbortSignal
  readonly whenSent: Sending['whenSent']
  readonly share: BodyShare
}

async function answerOf(
  { request, response }: Exchange,
  serving: Pick<Serving, 'options' | 'limits' | 'proofOf'>,
  { left, share, whenSent }: Answering,
): Promise<ApiResponse> {
  const { options, limits } = serving
  try {
    const head = { ...apiRequestOf(request, serving.proofOf), whenSent }
    let body: Promise<Uint8Array | undefined> | undefined
    const read = () => {
      if (request.headers.expect === '100-continue') response.writeContinue()
      return readBody(request, limits.bodyBytes, share)
    }
    const whole = hasBody(request) ? { ...head, readBody: () => (body ??= read()) } : head
    return await withinTime(options.handler(whole, left), serving)
  } catch (error) {
    return failedAnswer(error)
  }
}

/** Whether anything may follow the head. */
function hasBody(request: HttpRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  return encoding !== undefined || (length !== undefined && length !== '0')
}

/** A watch begins its answer at once: only what hangs runs out of time. */
async function withinTime(
  answer: Promise<ApiResponse>,
  { options, limits }: Pick<Serving, 'options' | 'limits'>,
): Promise<ApiResponse> {
  const late = Promise.withResolvers<never>()
  const message = 'request did not complete within the allotted timeout'
  using _ = options.clock.timer(limits.requestTimeoutMs, () => late.reject(timeout(message)))
  return await Promise.race([answer, late.promise])
}

/** The options of Node's server: bounds for what clients may do below the level of requests. */
function serverOptions(
  tls: TlsOptions,
  limits: HttpLimits,
): Parameters<typeof createSecureServer>[0] {
  return {
    key: tls.key,
    cert: tls.certificate,
    ca: [tls.clientAuthorities, tls.frontProxyAuthorities ?? []].flat(),
    requestCert: true,
    // Whoever has no certificate may have a token: that is for the authenticators to say.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeTimeoutMs,
    allowHTTP1: true,
    // Without it OpenSSL refuses to resume sessions of clients with certificates.
    sessionIdContext: 'knarr',
    maxHeaderListPairs: 256,
    maxSettings: 32,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // MB: what one session may hold in headers, frames and data that nobody has taken.
    maxSessionMemory: 10,
    // Streams that are opened only to be reset (CVE-2023-44487): at first, and each second.
    streamResetBurst: 1000,
    streamResetRate: 33,
    settings: { maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headerBytes },
    http1Options: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      // A body has as long as an answer, and then the refusal a little to reach its sender.
      requestTimeout: limits.requestTimeoutMs + limits.headersTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    },
  } as Parameters<typeof createSecureServer>[0]
}

/** What would go on for as long as the server does ends when it stops. */
function endWith(stopping: AbortSignal, leave: () => void): void {
  if (stopping.aborted) leave()
  else stopping.addEventListener('abort', leave, { once: true })
}

async function listen(
  server: Http2SecureServer,
  { address, port }: Pick<ServeHttpsOptions, 'address' | 'port'>,
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, address, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (cause) {
    throw listenError(cause, address, port)
  }
}

function listenError(cause: unknown, address: string, port: number): KnarrError {
  if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    return new KnarrError('PortInUse', `port ${port} on ${address} is in use`, {
      hint: 'Stop what listens there, or choose another port.',
      cause,
    })
  }
  const message = `cannot listen on ${address}, port ${port}: ${messageOf(cause)}`
  return new KnarrError('CannotListen', message, { cause })
}
