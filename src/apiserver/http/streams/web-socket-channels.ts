import type { RawData, WebSocket } from 'ws'
import type { ByteSink } from '#lib'
import { createPipe, type Pipe } from '../spdy/pipe.ts'

/**
 * Streams of a remote command over one WebSocket: each binary message begins with the number of its
 * stream. From version 5 on, a message `255 n` ends stream n. In the `base64` protocols each text
 * message is the digit of its stream and base64.
 */
export interface WebSocketChannels {
  /** Bytes that the client sends on a channel; ends with the connection. */
  input(channel: number): AsyncIterable<Uint8Array>
  output(channel: number): ByteSink
  /** Says goodbye once everything is sent. */
  close(): void
}

const closeChannel = 255
const normalClosure = 1000

/** Which channels a WebSocket carries, and how. */
export interface SocketChannelOptions {
  /** Those that the client writes. */
  readonly inputs: readonly number[]
  /** Also tells whether bytes travel as base64. */
  readonly protocol: string
}

/** Opens the numbered channels that share one WebSocket. */
export function openChannels(
  socket: WebSocket,
  { inputs, protocol }: SocketChannelOptions,
): WebSocketChannels {
  const wire = protocol.includes('base64.') ? base64Wire : binaryWire
  const pipes = new Map<number, Pipe>(inputs.map((channel) => [channel, createPipe()]))
  const endAll = () => {
    for (const pipe of pipes.values()) pipe.end()
  }
  socket.on('message', (data: RawData) => {
    const { channel, bytes } = wire.decode(bytesOf(data))
    if (channel === closeChannel) return pipes.get(bytes[0] ?? -1)?.end()
    const written = pipes.get(channel)?.write(bytes)
    if (!written) return
    // Reading stops until the command has taken what came.
    socket.pause()
    void written.then(() => socket.resume())
  })
  socket.on('close', endAll)
  socket.on('error', endAll)
  return {
    input: (channel) => pipes.get(channel)?.output ?? nothing(),
    output: (channel) => sinkOf(socket, (bytes) => wire.encode(channel, bytes)),
    close: () => socket.close(normalClosure),
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A channel that the client may not write.
}

interface Wire {
  encode(channel: number, bytes: Uint8Array): Buffer | string
  decode(message: Buffer): { readonly channel: number; readonly bytes: Buffer }
}

const binaryWire: Wire = {
  encode: (channel, bytes) => Buffer.concat([Buffer.from([channel]), bytes]),
  decode: (message) => ({ channel: message[0] ?? -1, bytes: message.subarray(1) }),
}

const base64Wire: Wire = {
  encode: (channel, bytes) => `${channel}${Buffer.from(bytes).toString('base64')}`,
  decode: (message) => ({
    channel: Number(message.toString('latin1', 0, 1) || '-1'),
    bytes: Buffer.from(message.toString('latin1', 1), 'base64'),
  }),
}

function sinkOf(socket: WebSocket, encode: (bytes: Uint8Array) => Buffer | string): ByteSink {
  return {
    write: (bytes) =>
      new Promise((resolve) => {
        // One who has left learns nothing more; that he has is told by the connection's signal.
        if (socket.readyState !== socket.OPEN) return resolve()
        socket.send(encode(bytes), () => resolve())
      }),
    end: () => {
      // Channels have no end of their own towards the client: the connection's is theirs.
    },
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
