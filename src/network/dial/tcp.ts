import { connect, type Socket } from 'node:net'
import type { Clock } from '#lib'
import type { ConnectOutcome, DialedConnection, TcpOutcome, TcpRequest } from '../model/dialer.ts'
import { startDeadline } from './deadline.ts'
import { dialTimeout, socketErrorText } from './go-errors.ts'

/** Opens and closes a connection. */
export async function dialTcp(
  clock: Clock,
  request: TcpRequest,
  signal: AbortSignal,
): Promise<TcpOutcome> {
  const outcome = await openConnection(clock, request, signal)
  if (outcome.kind === 'failed') return outcome
  await outcome.connection[Symbol.asyncDispose]()
  return { kind: 'connected' }
}

/** Opens a connection for use; the time limit is for opening it only. */
export async function openConnection(
  clock: Clock,
  request: TcpRequest,
  signal: AbortSignal,
): Promise<ConnectOutcome> {
  signal.throwIfAborted()
  using deadline = startDeadline(clock, request.timeoutMs, signal)
  try {
    const socket = await connected(request, deadline.signal)
    return { kind: 'connected', connection: connectionOver(socket) }
  } catch (error) {
    signal.throwIfAborted()
    if (deadline.expired) return { kind: 'failed', message: dialTimeout(request) }
    const message = socketErrorText(error as NodeJS.ErrnoException, request)
    return { kind: 'failed', message }
  }
}

function connected({ host, port }: TcpRequest, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
    const onAbort = () => socket.destroy(signal.reason as Error)
    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', onError)
    }
    const onError = (error: Error) => {
      settle()
      reject(error)
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      settle()
      // From here on reading reports errors; without a reader they must not end the process.
      socket.on('error', () => {})
      resolve(socket)
    })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

function connectionOver(socket: Socket): DialedConnection {
  return {
    incoming: socket as AsyncIterable<Uint8Array>,
    write: (bytes, signal) => written(socket, bytes, signal),
    end: () => new Promise((resolve) => socket.end(() => resolve())),
    [Symbol.asyncDispose]: async () => {
      socket.resetAndDestroy()
    },
  }
}

function written(socket: Socket, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.write(bytes, (error) => {
      signal.removeEventListener('abort', onAbort)
      if (error) reject(error)
      else resolve()
    })
  })
}
