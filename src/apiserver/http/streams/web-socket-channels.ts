import type { RawData, WebSocket } from 'ws'
import type { ByteSink } from '#lib'
import { createPipe, type Pipe } from '../spdy/pipe.ts'

/**
 * Streams of a remote command over one WebSocket: each binary message begins with the number of its
 * stream. From version 5 on, a message `255 n` ends stream n.
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

/** Opens the numbered channels that share one WebSocket; `inputs` are those that the client writes. */
export function openChannels(socket: WebSocket, inputs: readonly number[]): WebSocketChannels {
  const pipes = new Map<number, Pipe>(inputs.map((channel) => [channel, createPipe()]))
  const endAll = () => {
    for (const pipe of pipes.values()) pipe.end()
  }
  socket.on('message', (data: RawData) => {
    const bytes = bytesOf(data)
    const [channel = -1, argument = -1] = bytes
    if (channel === closeChannel) return pipes.get(argument)?.end()
    const written = pipes.get(channel)?.write(bytes.subarray(1))
    if (!written) return
    // Reading stops until the command has taken what came.
    socket.pause()
    void written.then(() => socket.resume())
  })
  socket.on('close', endAll)
  socket.on('error', endAll)
  return {
    input: (channel) => pipes.get(channel)?.output ?? nothing(),
    output: (channel) => sinkOf(socket, channel),
    close: () => socket.close(normalClosure),
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A channel that the client may not write.
}

function sinkOf(socket: WebSocket, channel: number): ByteSink {
  const head = Buffer.from([channel])
  return {
    write: (bytes) =>
      new Promise((resolve) => {
        // One who has left learns nothing more; that he has is told by the connection's signal.
        if (socket.readyState !== socket.OPEN) return resolve()
        socket.send(Buffer.concat([head, bytes]), () => resolve())
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
