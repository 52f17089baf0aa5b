import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect as dial, type Socket } from 'node:net'
import { createDeflate } from 'node:zlib'
import { type StreamSession, systemClock } from '#lib'
import { spdyDictionary } from '../../../src/apiserver/http/spdy/dictionary.ts'
import { encodeFrame } from '../../../src/apiserver/http/spdy/frames.ts'
import { serveUpgrade } from '../../../src/apiserver/http/upgrade.ts'
import type { Connection } from '../../../src/apiserver/request/connection.ts'
import { watchLoop } from './hostile-fixture.ts'

/** What is said on a connection that has left HTTP, and is meant to take long. */
export interface HostileFrames {
  readonly name: string
  readonly protocol: 'SPDY' | 'WebSocket'
  /** About so many bytes, in the pieces in which they are sent. */
  readonly pieces: (bytes: number) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

function* repeated(bytes: number, piece: Uint8Array): Generator<Uint8Array> {
  // A client sends many frames with one write.
  const many = Buffer.alloc(Math.max(1, Math.floor(65_536 / piece.length)) * piece.length, piece)
  for (let sent = 0; sent < bytes; sent += many.length) yield many
}

/** A frame of a client: masked by zeros, which leaves it as it is. */
function message(content: Uint8Array, { opcode = 2, isLast = true } = {}): Buffer {
  const { length } = content
  const head = Buffer.alloc(length < 126 ? 2 : 4)
  head[0] = (isLast ? 0x80 : 0) | opcode
  // Longer ones tell their length in the next two bytes.
  head[1] = 0x80 | Math.min(length, 126)
  if (length >= 126) head.writeUInt16BE(length, 2)
  return Buffer.concat([head, Buffer.alloc(4), content])
}

/** A block of headers that expands to many times as much. */
async function* expanding(bytes: number): AsyncGenerator<Uint8Array> {
  const deflate = createDeflate({ dictionary: spdyDictionary, level: 9 })
  deflate.end(Buffer.alloc(bytes * 100))
  const headers = Buffer.concat(await Array.fromAsync(deflate))
  yield encodeFrame({ kind: 'synStream', stream: 1, fin: false, headers })
}

/** Hostile frames for each reader of frames, by the size of what is sent. */
export const hostileFrames: readonly HostileFrames[] = [
  {
    name: 'SPDY: pings',
    protocol: 'SPDY',
    pieces: (bytes) => repeated(bytes, encodeFrame({ kind: 'ping', id: 1 })),
  },
  {
    name: 'SPDY: empty frames of a stream that is not open',
    protocol: 'SPDY',
    pieces: (bytes) =>
      repeated(bytes, encodeFrame({ kind: 'data', stream: 9, fin: false, bytes: Buffer.alloc(0) })),
  },
  {
    name: 'SPDY: a long frame in small pieces',
    protocol: 'SPDY',
    *pieces(bytes) {
      const content = Buffer.alloc(Math.min(bytes, 1_000_000))
      const frame = encodeFrame({ kind: 'data', stream: 9, fin: false, bytes: content })
      for (let at = 0; at < frame.length; at += 16) yield frame.subarray(at, at + 16)
    },
  },
  { name: 'SPDY: headers that expand', protocol: 'SPDY', pieces: expanding },
  {
    name: 'WebSocket: empty messages',
    protocol: 'WebSocket',
    pieces: (bytes) => repeated(bytes, message(Buffer.alloc(0))),
  },
  {
    name: 'WebSocket: input byte by byte',
    protocol: 'WebSocket',
    pieces: (bytes) => repeated(bytes, message(Buffer.from('\0a'))),
  },
  {
    name: 'WebSocket: pings',
    protocol: 'WebSocket',
    pieces: (bytes) => repeated(bytes, message(Buffer.from('a'), { opcode: 9 })),
  },
  {
    name: 'WebSocket: sizes of a terminal',
    protocol: 'WebSocket',
    pieces: (bytes) => repeated(bytes, message(Buffer.from('\x04{}'))),
  },
  {
    name: 'WebSocket: a message in empty fragments',
    protocol: 'WebSocket',
    *pieces(bytes) {
      yield message(Buffer.from('\0'), { isLast: false })
      yield* repeated(bytes, message(Buffer.alloc(0), { opcode: 0, isLast: false }))
    },
  },
]

/** Sends frames to a server that carries a command; tells how long they held its loop. */
export async function holdOfFrames(
  { protocol, pieces }: HostileFrames,
  bytes: number,
): Promise<number> {
  const server = createServer()
  const handlers = {
    clock: systemClock,
    connect: async () => command(),
    handle: () => Promise.reject(new Error('nothing else is asked for')),
    proofOf: () => ({}),
  }
  server.on('upgrade', (request, socket, head) => {
    void serveUpgrade({ request, socket, head }, handlers)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Cast: it listens on a port.
  const { port } = server.address() as AddressInfo
  const client = dial(port, '127.0.0.1')
  client.on('error', () => {})
  client.write(handshakes[protocol])
  await once(client, 'data')
  client.resume()
  const sent = await Array.fromAsync(pieces(bytes))
  const stop = watchLoop()
  await sendAll(client, sent)
  const heldMs = await stop()
  client.destroy()
  server.close()
  return heldMs
}

/** The next piece follows when the last is gone, or the server has hung up. */
async function sendAll(client: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    if (client.destroyed) return
    await new Promise<void>((resolve) => client.write(piece, () => setImmediate(resolve)))
  }
  // What the server has read it has dealt with by then, or shows as the longest turn.
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const common = ['POST /api/v1/x HTTP/1.1', 'Host: a', 'Connection: Upgrade']
const handshakes: Readonly<Record<HostileFrames['protocol'], string>> = {
  SPDY: [
    ...common,
    'Upgrade: SPDY/3.1',
    'X-Stream-Protocol-Version: v4.channel.k8s.io',
    '\r\n',
  ].join('\r\n'),
  WebSocket: [
    'GET /api/v1/x HTTP/1.1',
    ...common.slice(1),
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
    'Sec-WebSocket-Protocol: v5.channel.k8s.io',
    '\r\n',
  ].join('\r\n'),
}

/** A command that reads all of its input and never ends. */
function command(): Connection {
  const silence = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
  const session: StreamSession = {
    stdin: { write: () => Promise.resolve(), end: () => {} },
    stdout: silence,
    stderr: silence,
    resize: () => {},
    done: new Promise<never>(() => {}),
  }
  const options = { command: ['run'], stdin: true, stdout: true, stderr: false, tty: true }
  return { kind: 'command', session, options }
}
