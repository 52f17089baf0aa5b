import WebSocket from 'ws'
import type { ByteSink } from '#lib'
import { RuntimeError } from '../../model/error.ts'

/**
 * A connection to the runtime's streaming server: Kubernetes' channel protocol, in which the first
 * byte of every message names its channel.
 */
export interface ChannelSocket {
  /** Resolves when the bytes were handed to the kernel. */
  send(channel: number, bytes: Uint8Array): Promise<void>
  /** Half-closes a channel. Version 4 of the protocol has no word for it: nothing happens then. */
  endChannel(channel: number): void
  pause(): void
  resume(): void
  close(): void
}

export interface ChannelHandlers {
  message(channel: number, bytes: Uint8Array): void
  /** Called once: the peer closed, the connection broke, or the signal aborted (its reason then). */
  closed(error: unknown): void
}

const endOfChannel = 255
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

/** Opens the URL that Exec, Attach or PortForward returned. */
export function openChannelSocket(
  url: string,
  handlers: ChannelHandlers,
  signal: AbortSignal,
): Promise<ChannelSocket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, {
      perMessageDeflate: false,
    })
    let failure: unknown
    const onAbort = () => {
      failure = signal.reason
      socket.terminate()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('open', () => resolve(channelSocket(socket)))
    socket.on('error', (error) => {
      failure ??= new RuntimeError('unavailable', error.message, { cause: error })
    })
    socket.on('message', (data: Buffer) => {
      if (data.length > 0) handlers.message(data[0]!, data.subarray(1))
    })
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort)
      reject(failure ?? new RuntimeError('unavailable', 'the streaming server closed'))
      handlers.closed(failure)
    })
  })
}

function channelSocket(socket: WebSocket): ChannelSocket {
  const canEndChannels = socket.protocol === protocols[0]
  return {
    send: (channel, bytes) =>
      new Promise((resolve, reject) => {
        const message = Buffer.concat([Buffer.of(channel), bytes])
        socket.send(message, (error) => {
          if (error) reject(new RuntimeError('unavailable', error.message, { cause: error }))
          else resolve()
        })
      }),
    endChannel: (channel) => {
      if (canEndChannels) socket.send(Buffer.of(endOfChannel, channel), ignoreFailure)
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(),
  }
}

/** A socket that fails to send closes, and says so there. */
const ignoreFailure = () => undefined

/** The sink that writes to one channel; `ended` is called when the writer is done. */
export function channelSink(socket: ChannelSocket, channel: number, ended?: () => void): ByteSink {
  return {
    write: (bytes) => socket.send(channel, bytes),
    end: () => {
      socket.endChannel(channel)
      ended?.()
    },
  }
}
