import type { Server } from 'node:http'
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'

/** How many connections a server holds, and for how long. */
export interface ConnectionLimits {
  /** Connections that carry no request are closed after this long. */
  readonly idleTimeoutMs: number
  /** Connections in all; more are not taken. */
  readonly connections: number
  /** Connections on which nobody has shown yet who they are; for one more the oldest is closed. */
  readonly unknownConnections: number
}

/** Every connection of a server, so that none outlives it and that there are never too many. */
export interface OpenConnections {
  /** Tells that the client of a connection has been identified. */
  identified(socket: Peer): void
  /** Ends those without a request; others take no new one. */
  finish(): void
  destroy(): void
}

type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>

/** Follows the connections of a server from before their TLS handshake, and closes what is too much. */
export function trackConnections(
  server: Http2SecureServer,
  { idleTimeoutMs, connections, unknownConnections }: ConnectionLimits,
): OpenConnections {
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  // In the order in which they came.
  const unknown = new Map<string, Socket>()
  server.maxConnections = connections
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    unknown.set(peer, socket)
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      if (unknown.get(peer) === socket) unknown.delete(peer)
    })
    if (unknown.size <= unknownConnections) return
    const [[oldest, first] = []] = unknown
    if (oldest !== undefined) unknown.delete(oldest)
    first?.destroy()
  })
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    closeWhenIdle(session, idleTimeoutMs)
  })
  return {
    identified: (socket) => {
      unknown.delete(peerOf(socket))
    },
    finish() {
      for (const session of sessions) session.close()
      // HTTP/1.1 connections are kept by the same class as those of a plain server.
      const http1 = server as unknown as Partial<Pick<Server, 'closeIdleConnections'>>
      http1.closeIdleConnections?.()
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Names a connection while it is open; the socket below TLS is another object than the one above. */
function peerOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`
}

/** A session without streams is idle; one whose streams are silent is a watch that waits. */
function closeWhenIdle(session: ServerHttp2Session, idleTimeoutMs: number): void {
  let streams = 0
  session.on('stream', (stream) => {
    streams++
    stream.on('close', () => streams--)
  })
  session.setTimeout(idleTimeoutMs, () => {
    if (streams === 0) session.close()
  })
}
