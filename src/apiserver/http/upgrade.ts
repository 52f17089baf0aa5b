import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '#lib'
import type { ApiHandler, ApiRequest, ApiResponse } from '#machinery'
import { badRequest } from '#machinery/status'
import { isProxied } from '../proxy/proxy.ts'
import type { ConnectHandler, Connection } from '../request/connection.ts'
import { requestInfoOf } from '../request/request-info.ts'
import { apiRequestOf } from './api-request.ts'
import type { ClientProof } from './client-certificate.ts'
import { failedAnswer } from './failed-answer.ts'
import { createSpdyConnection } from './spdy/connection.ts'
import { relay } from './streams/relay.ts'
import { serveSpdyCommand, spdyCommandProtocols } from './streams/spdy-command.ts'
import { portForwardProtocol, serveSpdyPortForward } from './streams/spdy-port-forward.ts'
import { serveWebSocketCommand, webSocketCommandProtocols } from './streams/web-socket-command.ts'
import {
  serveWebSocketPortForward,
  webSocketPortForwardProtocols,
} from './streams/web-socket-port-forward.ts'
import { serveWebSocketStream, webSocketStreamProtocols } from './streams/web-socket-stream.ts'

/** kubectl 1.31 and later: SPDY frames in the messages of a WebSocket. */
const tunnelProtocol = `SPDY/3.1+${portForwardProtocol}`

/** A request that wants to leave HTTP, on a socket that is its own from here on. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** What the client has sent behind the request. */
  readonly head: Buffer
}

type Opened = Exclude<Connection, { readonly kind: 'response' | 'upgraded' }>

/** The longest message of a WebSocket; clients send input in pieces of some kilobytes. */
const maxMessageBytes = 4 * 1024 * 1024

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: chooseFirst,
  maxPayload: maxMessageBytes,
})

/** What answers a request that wants to leave HTTP. */
export interface UpgradeHandlers {
  readonly connect: ConnectHandler
  /** Answers what is no connection: a log or a watch, which a WebSocket may carry as well. */
  readonly handle: ApiHandler
  /** Gives others their turn between the frames of one client. */
  readonly clock: Pick<Clock, 'turn'>
  readonly proofOf: (socket: object) => ClientProof
}

/** Serves one upgrade from beginning to end; what is refused is answered as HTTP. */
export async function serveUpgrade(
  upgrade: Upgrade,
  { connect, handle, clock, proofOf }: UpgradeHandlers,
): Promise<void> {
  const { request, socket, head } = upgrade
  const left = new AbortController()
  socket.on('error', () => left.abort())
  socket.on('close', () => left.abort())
  const wanted = protocolsOf(request)
  const asked = apiRequestOf(request, proofOf)
  // What is spoken through a proxy, or with another server, is for the other end to say.
  const isForwarded = isProxied(asked.path) || asked.path.startsWith('/apis/')
  if (!wanted && !isForwarded)
    return refuse(
      socket,
      badUpgrade('unable to upgrade: only websocket and SPDY/3.1 are supported'),
    )
  if (wanted?.kind === 'webSocket' && isStream(asked)) {
    return serveStream(upgrade, await handle(asked, left.signal), wanted)
  }
  const connection = await connect(asked, left.signal)
  if (connection.kind === 'response') return refuse(socket, connection.response)
  if (connection.kind === 'upgraded') return relay(socket, head, connection)
  const protocol = wanted && supported(connection.kind, wanted)
  if (protocol === undefined) return refuse(socket, noProtocol(wanted))
  const serve = wanted?.kind === 'webSocket' ? overWebSocket : overSpdy
  await serve(upgrade, { connection, protocol, signal: left.signal, clock })
}

/** Whether a request is for an answer that goes on, and not for a connection. */
function isStream(asked: ApiRequest): boolean {
  try {
    const info = requestInfoOf(asked)
    return info.kind === 'resource' && (info.subresource === 'log' || info.verb === 'watch')
  } catch {
    // What cannot be read is refused where all is.
    return false
  }
}

async function serveStream(upgrade: Upgrade, response: ApiResponse, wanted: Wanted): Promise<void> {
  const { body } = response
  if (body.kind !== 'stream' && body.kind !== 'watch') return refuse(upgrade.socket, response)
  const protocol = chosen(webSocketStreamProtocols, wanted)
  if (protocol === undefined) return refuse(upgrade.socket, noProtocol(wanted))
  await serveWebSocketStream(await acceptWebSocket(upgrade, protocol), body, protocol)
}

interface Wanted {
  readonly kind: 'webSocket' | 'spdy'
  readonly offered: readonly string[]
}

function protocolsOf({ headers }: IncomingMessage): Wanted | undefined {
  const upgrade = headers.upgrade?.toLowerCase()
  if (upgrade === 'websocket') {
    return { kind: 'webSocket', offered: listOf(headers['sec-websocket-protocol']) }
  }
  if (upgrade !== 'spdy/3.1') return undefined
  return { kind: 'spdy', offered: listOf(headers['x-stream-protocol-version']) }
}

function listOf(header: string | readonly string[] | undefined): readonly string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(',')
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function supported(kind: Opened['kind'], wanted: Wanted): string | undefined {
  return chosen(protocols[wanted.kind][kind], wanted)
}

/** The best protocol that a client offers; one that offers none may leave it open. */
function chosen(known: readonly string[], { offered }: Wanted): string | undefined {
  return known.find((protocol) =>
    protocol === '' ? offered.length === 0 : offered.includes(protocol),
  )
}

function noProtocol(wanted: Wanted | undefined): ApiResponse {
  return badUpgrade(`unable to negotiate protocol: client supports [${wanted?.offered.join(' ')}]`)
}

const protocols: Readonly<Record<Wanted['kind'], Record<Opened['kind'], readonly string[]>>> = {
  webSocket: {
    command: webSocketCommandProtocols,
    portForward: [tunnelProtocol, ...webSocketPortForwardProtocols],
  },
  spdy: { command: spdyCommandProtocols, portForward: [portForwardProtocol] },
}

interface Agreed {
  readonly connection: Opened
  readonly protocol: string
  readonly signal: AbortSignal
  readonly clock: UpgradeHandlers['clock']
}

/** Completes the handshake with the protocol that was chosen. */
async function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocol: string,
): Promise<WebSocket> {
  // The library agrees to the first that it is offered: leave it the one that was chosen.
  if (protocol !== '') request.headers['sec-websocket-protocol'] = protocol
  const webSocket = await new Promise<WebSocket>((resolve) =>
    sockets.handleUpgrade(request, socket, head, resolve),
  )
  webSocket.on('error', () => webSocket.terminate())
  return webSocket
}

async function overWebSocket(
  upgrade: Upgrade,
  { connection, protocol, signal, clock }: Agreed,
): Promise<void> {
  const webSocket = await acceptWebSocket(upgrade, protocol)
  if (connection.kind === 'command') return serveWebSocketCommand(webSocket, connection, protocol)
  if (protocol !== tunnelProtocol) {
    return serveWebSocketPortForward(webSocket, connection.ports, { protocol, signal })
  }
  const tunnel = createWebSocketStream(webSocket)
  await serveSpdyPortForward(createSpdyConnection(tunnel, clock), connection.ports, signal)
}

async function overSpdy(
  { socket, head }: Upgrade,
  { connection, protocol, signal, clock }: Agreed,
): Promise<void> {
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      `X-Stream-Protocol-Version: ${protocol}`,
      '\r\n',
    ].join('\r\n'),
  )
  if (head.length > 0) socket.unshift(head)
  const spdy = createSpdyConnection(socket, clock)
  if (connection.kind === 'command') return serveSpdyCommand(spdy, connection)
  await serveSpdyPortForward(spdy, connection.ports, signal)
}

function chooseFirst(offered: Set<string>): string | false {
  return [...offered][0] ?? false
}

function badUpgrade(message: string): ApiResponse {
  return failedAnswer(badRequest(message))
}

async function refuse(socket: Duplex, { status, headers, body }: ApiResponse): Promise<void> {
  if (socket.destroyed) return
  if (body.kind === 'stream') {
    socket.write(headOf(status, { ...headers, 'content-type': body.contentType }))
    // Where the answer ends the connection does; what breaks off shows as that.
    try {
      for await (const chunk of body.chunks) socket.write(chunk)
    } catch {
      socket.destroy()
    }
    socket.end()
  } else {
    const bytes = bytesOf(body)
    const [contentType, length] = [contentTypeOf(body), `${bytes.length}`]
    const own = { 'content-type': contentType, 'content-length': length }
    socket.end(Buffer.concat([Buffer.from(headOf(status, { ...headers, ...own })), bytes]))
  }
  // A client that never closes its side would hold the connection for ever.
  socket.once('finish', () => socket.destroy())
  if (!socket.destroyed) await once(socket, 'close').catch(() => {})
}

function bytesOf(body: ApiResponse['body']): Uint8Array {
  if (body.kind === 'object') return body.value.bytes
  return body.kind === 'bytes' ? body.bytes : new Uint8Array()
}

function contentTypeOf(body: ApiResponse['body']): string {
  return body.kind === 'bytes' ? body.contentType : 'application/json'
}

function headOf(status: number, headers: Readonly<Record<string, string>>): string {
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    '\r\n',
  ].join('\r\n')
}
