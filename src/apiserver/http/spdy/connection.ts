import type { Duplex } from 'node:stream'
import { type ByteSink, type Clock, createChannel } from '#lib'
import { encodeFrame, type Frame, readFrames } from './frames.ts'
import { createHeaderReader, createHeaderWriter, type SpdyHeaders } from './headers.ts'
import { createPipe, type Pipe } from './pipe.ts'

/** One stream that the client has opened, accepted already. */
export interface SpdyStream {
  readonly id: number
  readonly headers: SpdyHeaders
  /** What the client sends; ends with its half of the stream. */
  readonly input: AsyncIterable<Uint8Array>
  readonly output: ByteSink
  /** Ends both halves at once. */
  reset(): void
}

/** The server's side of SPDY/3.1 over a socket, or over a WebSocket that tunnels it. */
export interface SpdyConnection {
  /** Streams in the order in which the client opens them; ends with the connection. */
  readonly streams: AsyncIterable<SpdyStream>
  /** Says that no more streams will be taken, and closes once everything is sent. */
  close(): void
}

const maxStreams = 1024
const dataBytes = 32 * 1024
/** Thousands of small ones come with one read; others have their turn after so many. */
const framesOfTurn = 256

/**
 * SPDY has flow control, and Kubernetes' clients do not use it: what holds a sender back is TCP alone.
 * So a stream whose reader is slow holds up the reading of the whole connection.
 */
export function createSpdyConnection(socket: Duplex, clock: Pick<Clock, 'turn'>): SpdyConnection {
  const opened = createChannel<SpdyStream>(maxStreams)
  const inputs = new Map<number, Pipe>()
  const readHeaders = createHeaderReader()
  const writeHeaders = createHeaderWriter()
  let lastStream = 0

  const send = (frame: Exclude<Frame, { readonly kind: 'other' }>) =>
    write(socket, encodeFrame(frame))
  const accept = async ({ stream, fin, headers: block }: Extract<Frame, { kind: 'synStream' }>) => {
    const headers = await readHeaders.read(block)
    if (inputs.size >= maxStreams) return send({ kind: 'reset', stream, status: refusedStream })
    lastStream = stream
    const input = createPipe()
    if (fin) input.end()
    else inputs.set(stream, input)
    await send({ kind: 'synReply', stream, fin: false, headers: writeHeaders({}) })
    opened.push({
      id: stream,
      headers,
      input: input.output,
      output: sinkOf(stream, send),
      reset: () => {
        closeInput(stream)
        void send({ kind: 'reset', stream, status: cancelStream })
      },
    })
  }
  const closeInput = (stream: number) => {
    inputs.get(stream)?.end()
    inputs.delete(stream)
  }
  const take = async (frame: Frame): Promise<void> => {
    switch (frame.kind) {
      case 'synStream':
        return accept(frame)
      case 'data':
        if (frame.bytes.length > 0) await inputs.get(frame.stream)?.write(frame.bytes)
        if (frame.fin) closeInput(frame.stream)
        return
      case 'synReply':
      case 'headers':
        // Nothing in them concerns us, but the compressed text goes on through them.
        await readHeaders.read(frame.headers)
        if (frame.fin) closeInput(frame.stream)
        return
      case 'reset':
        return closeInput(frame.stream)
      case 'ping':
        // Odd numbers are the client's questions, even ones answers to ours.
        return frame.id % 2 === 1 ? send(frame) : undefined
      case 'goAway':
      case 'other':
        return
    }
  }
  const end = () => {
    for (const input of inputs.values()) input.end()
    inputs.clear()
    opened.close()
    readHeaders.close()
  }
  const run = async () => {
    let taken = 0
    for await (const frame of readFrames(socket)) {
      await take(frame)
      if (++taken % framesOfTurn === 0) await clock.turn()
    }
  }
  run()
    // A broken or malformed connection is an ended one: both sides of each stream see its end.
    .catch(() => socket.destroy())
    .finally(end)

  return {
    streams: opened,
    close() {
      if (socket.destroyed) return
      void send({ kind: 'goAway', lastStream }).then(() => socket.end())
    },
  }
}

const refusedStream = 3
const cancelStream = 5

function sinkOf(
  stream: number,
  send: (frame: Extract<Frame, { kind: 'data' }>) => Promise<void>,
): ByteSink {
  let ended = false
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length && !ended; at += dataBytes) {
        const part = Buffer.from(bytes.subarray(at, at + dataBytes))
        await send({ kind: 'data', stream, fin: false, bytes: part })
      }
    },
    end() {
      if (ended) return
      ended = true
      void send({ kind: 'data', stream, fin: true, bytes: Buffer.alloc(0) })
    },
  }
}

/** Resolves when the socket takes more; also when it is gone, which its reader learns by itself. */
function write(socket: Duplex, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.writableEnded) return resolve()
    socket.write(bytes, () => resolve())
  })
}
