import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, KnarrError, type Logger, messageOf } from '#lib'
import type { ApiHandler, ApiResponse } from '#machinery'
import { timeout } from '#machinery/status'
import type { ConnectHandler } from '../request/connection.ts'
import {
  apiRequestOf,
  discardBody,
  type HttpRequest,
  maxBodyBytes,
  readBody,
} from './api-request.ts'
import { failedAnswer } from './failed-answer.ts'
import { trackConnections } from './open-connections.ts'
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

/** PEM texts. */
export interface TlsOptions {
  readonly key: string
  readonly certificate: string
  /** Authorities of client certificates; those of others prove nothing. */
  readonly clientAuthorities: string
}

/** What one client may take of a server before its connection is closed. */
export interface HttpLimits {
  readonly bodyBytes: number
  readonly headerBytes: number
  readonly headersTimeoutMs: number
  /** Connections that carry no request are closed after this long. */
  readonly idleTimeoutMs: number
  /** How long a request may take until its answer begins (upstream: `--request-timeout`). */
  readonly requestTimeoutMs: number
  /** How long requests may go on once the server stops. */
  readonly drainMs: number
}

/** The limits of a server that is given none. */
export const httpLimits: HttpLimits = Object.freeze({
  bodyBytes: maxBodyBytes,
  headerBytes: 64 * 1024,
  headersTimeoutMs: 32_000,
  idleTimeoutMs: 90_000,
  requestTimeoutMs: 60_000,
  drainMs: 5_000,
})

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
  const server = createSecureServer({
    key: options.tls.key,
    cert: options.tls.certificate,
    ca: options.tls.clientAuthorities,
    requestCert: true,
    // Whoever has no certificate may have a token: that is for the authenticators to say.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    allowHTTP1: true,
    // Without it OpenSSL refuses to resume sessions of clients with certificates.
    sessionIdContext: 'knarr',
    maxHeaderListPairs: 256,
    settings: { maxConcurrentStreams: 1000, maxHeaderListSize: limits.headerBytes },
    http1Options: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
    },
  } as Parameters<typeof createSecureServer>[0])
  const open = trackConnections(server, limits.idleTimeoutMs)
  const serving = new Set<Promise<void>>()
  const track = (work: Promise<void>) => {
    const safe = work.catch((error) =>
      options.log.debug('a connection broke', { error: messageOf(error) }),
    )
    serving.add(safe)
    void safe.finally(() => serving.delete(safe))
  }
  server.on('request', (request, response) =>
    track(serve({ request, response }, { options, limits, stopping: stopping.signal })),
  )
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    if (options.connectHandler)
      track(serveUpgrade({ request, socket, head }, options.connectHandler))
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
  readonly stopping: AbortSignal
}

async function serve(
  { request, response }: Exchange,
  { options, limits, stopping }: Serving,
): Promise<void> {
  const left = new AbortController()
  const leave = () => left.abort()
  response.on('close', leave)
  request.on('error', leave)
  response.on('error', leave)
  const answer = await answerOf(request, { options, limits }, left.signal)
  if (answer.body.kind === 'watch' || answer.body.kind === 'stream') {
    endWith(stopping, leave)
    response.on('close', () => stopping.removeEventListener('abort', leave))
  }
  await writeResponse(response, answer, {
    isHead: request.method === 'HEAD',
    acceptsGzip: /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')),
  })
  discardBody(request)
}

async function answerOf(
  request: HttpRequest,
  { options, limits }: Pick<Serving, 'options' | 'limits'>,
  left: AbortSignal,
): Promise<ApiResponse> {
  try {
    const head = apiRequestOf(request)
    const bytes = await readBody(request, limits.bodyBytes)
    const whole = bytes ? { ...head, body: { kind: 'bytes', bytes } as const } : head
    return await withinTime(options.handler(whole, left), { options, limits })
  } catch (error) {
    return failedAnswer(error)
  }
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
