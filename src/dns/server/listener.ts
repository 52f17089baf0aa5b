import type { Socket as DatagramSocket, RemoteInfo } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import type { Clock, MaybePromise } from '#lib'
import { frame, readMessages } from './frames.ts'
import type { Responder } from './responder.ts'

/** The open sockets of one address and port. */
export interface OpenSockets {
  readonly udp: DatagramSocket
  readonly tcp: Server
}

/** How long a connection may be silent, and how many there may be. */
const idleMs = 10_000
const mostConnections = 256
/** Questions of one connection that are not answered yet; its sender waits meanwhile. */
const mostUnanswered = 64

/** Answers whoever asks at these sockets, until it is disposed. */
export function serveAt(
  { udp, tcp }: OpenSockets,
  responder: () => Responder,
  clock: Clock,
): AsyncDisposable {
  const connections = new Set<Socket>()
  const onMessage = (message: Buffer, { address, port }: RemoteInfo) =>
    whenAnswered(responder()(message, 'datagram'), (answer) => {
      // Whoever asked may be gone by now; nobody else is to notice.
      if (answer) udp.send(answer, port, address, () => undefined)
    })
  const onConnection = (socket: Socket) => {
    socket.on('error', () => socket.destroy())
    if (connections.size >= mostConnections) return void socket.destroy()
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    serveConnection(socket, responder, clock)
  }
  udp.on('message', onMessage)
  tcp.on('connection', onConnection)
  return {
    [Symbol.asyncDispose]: async () => {
      udp.off('message', onMessage)
      tcp.off('connection', onConnection)
      for (const socket of connections) socket.destroy()
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ])
    },
  }
}

function serveConnection(socket: Socket, responder: () => Responder, clock: Clock): void {
  let unanswered = 0
  let idle = clock.timer(idleMs, () => socket.destroy())
  const wake = () => {
    idle[Symbol.dispose]()
    idle = clock.timer(idleMs, () => socket.destroy())
  }
  socket.on('close', () => idle[Symbol.dispose]())
  const read = readMessages((message) => {
    unanswered += 1
    if (unanswered >= mostUnanswered) socket.pause()
    whenAnswered(responder()(message, 'stream'), (answer) => {
      unanswered -= 1
      if (socket.destroyed) return
      if (answer === undefined) return void socket.destroy()
      socket.write(frame(answer))
      if (unanswered < mostUnanswered && socket.isPaused()) socket.resume()
    })
  })
  socket.on('data', (chunk: Buffer) => {
    wake()
    read(chunk)
  })
}

function whenAnswered(
  answer: MaybePromise<Buffer | undefined>,
  send: (answer: Buffer | undefined) => void,
): void {
  if (answer instanceof Promise) void answer.then(send)
  else send(answer)
}
