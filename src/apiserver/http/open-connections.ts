import type { Server } from 'node:http'
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'

/** Every connection of a server, so that none outlives it. */
export interface OpenConnections {
  /** Ends those without a request; others take no new one. */
  finish(): void
  destroy(): void
}

export function trackConnections(
  server: Http2SecureServer,
  idleTimeoutMs: number,
): OpenConnections {
  const sockets = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
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
