import type { WebSocket } from 'ws'
import type { ApiResponseBody } from '#machinery'
import { watchLine } from './frames.ts'

/** Protocols of an answer without end over WebSocket (upstream: `NewDefaultReaderProtocols`). */
export const webSocketStreamProtocols: readonly string[] = [
  'binary.k8s.io',
  'base64.binary.k8s.io',
  '',
]

const normalClosure = 1000

type Body = Extract<ApiResponseBody, { readonly kind: 'stream' | 'watch' }>

/** Sends what follows piece by piece, and closes at its end; what the client says is not read. */
export async function serveWebSocketStream(
  socket: WebSocket,
  body: Body,
  protocol: string,
): Promise<void> {
  for await (const message of messagesOf(body, protocol.startsWith('base64.'))) {
    if (!(await send(socket, message))) break
  }
  socket.close(normalClosure)
}

/** False once the client has left. */
function send(socket: WebSocket, message: Uint8Array | string): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve(false)
    socket.send(message, (error) => resolve(!error))
  })
}

async function* messagesOf(body: Body, asText: boolean): AsyncGenerator<Uint8Array | string> {
  if (body.kind === 'watch') {
    for await (const frame of body.events) yield watchLine(frame).toString('utf8')
    return
  }
  // An empty message tells that it has begun.
  yield asText ? '' : new Uint8Array()
  for await (const chunk of body.chunks) {
    yield asText ? Buffer.from(chunk).toString('base64') : chunk
  }
}
