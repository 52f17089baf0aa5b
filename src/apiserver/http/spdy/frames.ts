/**
 * The frames of SPDY/3.1 that Kubernetes' clients use. A control frame is
 * `1 version:15 | type:16 | flags:8 length:24 | payload`, a data frame `0 stream:31 | flags:8 length:24 | payload`.
 */
export type Frame =
  | {
      readonly kind: 'data'
      readonly stream: number
      readonly fin: boolean
      readonly bytes: Buffer
    }
  | {
      readonly kind: 'synStream'
      readonly stream: number
      readonly fin: boolean
      /** Compressed. */
      readonly headers: Buffer
    }
  | {
      readonly kind: 'synReply' | 'headers'
      readonly stream: number
      readonly fin: boolean
      readonly headers: Buffer
    }
  | { readonly kind: 'reset'; readonly stream: number; readonly status: number }
  | { readonly kind: 'ping'; readonly id: number }
  | { readonly kind: 'goAway'; readonly lastStream: number }
  /** Settings, window updates, and what is not known: nothing depends on them here. */
  | { readonly kind: 'other' }

const version = 3
const controlBit = 0x8000
const finFlag = 0x01
const headBytes = 8
const streamMask = 0x7fff_ffff

const type = {
  synStream: 1,
  synReply: 2,
  reset: 3,
  ping: 6,
  goAway: 7,
  headers: 8,
} as const

/** No frame of a Kubernetes client is near this; a longer one ends the connection. */
const maxFrameBytes = 1024 * 1024

/**
 * Cuts a stream of bytes into frames. A frame that comes in many pieces is put together in a buffer of
 * its own, so that each byte is copied a few times at most, however small the pieces are.
 * @throws Error for another version or an overlong frame.
 */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const begun = createPartialFrame()
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    let rest = begun.isEmpty() ? bytes : begun.take(bytes)
    const late = begun.finish()
    if (late) yield parseFrame(late)
    for (let end = frameEnd(rest); end !== undefined; end = frameEnd(rest)) {
      yield parseFrame(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
    begun.take(rest)
  }
}

/** A frame of which not all has come. */
interface PartialFrame {
  isEmpty(): boolean
  /** Takes what belongs to the frame from the beginning of `bytes`; gives the rest. */
  take(bytes: Buffer): Buffer
  /** The frame when all of it is there, once. */
  finish(): Buffer | undefined
}

function createPartialFrame(): PartialFrame {
  let buffer = Buffer.alloc(0)
  let length = 0
  const wanted = () => frameLength(buffer.subarray(0, length)) ?? headBytes
  const add = (bytes: Buffer) => {
    if (length + bytes.length > buffer.length) {
      // What is announced is not kept free before it comes.
      const grown = Buffer.alloc(Math.min(wanted(), Math.max(2 * length, length + bytes.length)))
      buffer.copy(grown, 0, 0, length)
      buffer = grown
    }
    length += bytes.copy(buffer, length)
  }
  return {
    isEmpty: () => length === 0,
    take(bytes) {
      let rest = bytes
      // First the head, which tells how much follows.
      while (rest.length > 0 && length < wanted()) {
        const part = rest.subarray(0, wanted() - length)
        add(part)
        rest = rest.subarray(part.length)
      }
      return rest
    },
    finish() {
      if (length < headBytes || length < wanted()) return undefined
      const frame = buffer.subarray(0, length)
      buffer = Buffer.alloc(0)
      length = 0
      return frame
    },
  }
}

/** Where the frame that begins here ends, if all of it has arrived. */
function frameEnd(bytes: Buffer): number | undefined {
  const length = frameLength(bytes)
  return length !== undefined && length <= bytes.length ? length : undefined
}

/** The whole length of the frame that begins here, when its head has arrived. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < headBytes) return undefined
  const length = bytes.readUIntBE(5, 3)
  if (length > maxFrameBytes) throw new Error(`SPDY frame of ${length} bytes is too long`)
  return headBytes + length
}

function parseFrame(frame: Buffer): Frame {
  const first = frame.readUInt16BE(0)
  const fin = (frame.readUInt8(4) & finFlag) !== 0
  const payload = frame.subarray(headBytes)
  if ((first & controlBit) === 0) {
    return { kind: 'data', stream: frame.readUInt32BE(0), fin, bytes: payload }
  }
  if ((first & ~controlBit) !== version) {
    throw new Error(`SPDY version ${first & ~controlBit} is not supported`)
  }
  return parseControl(frame.readUInt16BE(2), fin, payload)
}

function parseControl(kind: number, fin: boolean, payload: Buffer): Frame {
  const word = (at: number) => payload.readUInt32BE(at)
  const stream = () => word(0) & streamMask
  switch (kind) {
    case type.synStream:
      // After the stream's number come the associated stream, the priority and the slot.
      return { kind: 'synStream', stream: stream(), fin, headers: payload.subarray(10) }
    case type.synReply:
      return { kind: 'synReply', stream: stream(), fin, headers: payload.subarray(4) }
    case type.headers:
      return { kind: 'headers', stream: stream(), fin, headers: payload.subarray(4) }
    case type.reset:
      return { kind: 'reset', stream: stream(), status: word(4) }
    case type.ping:
      return { kind: 'ping', id: word(0) }
    case type.goAway:
      return { kind: 'goAway', lastStream: stream() }
    default:
      return { kind: 'other' }
  }
}

/** The bytes of a frame of ours. */
export function encodeFrame(frame: Exclude<Frame, { readonly kind: 'other' }>): Buffer {
  switch (frame.kind) {
    case 'data':
      return dataFrame(frame.stream, frame.fin, frame.bytes)
    case 'synStream':
      return control(
        type.synStream,
        frame.fin,
        Buffer.concat([words(frame.stream, 0), Buffer.alloc(2), frame.headers]),
      )
    case 'synReply':
    case 'headers':
      return control(
        type[frame.kind],
        frame.fin,
        Buffer.concat([words(frame.stream), frame.headers]),
      )
    case 'reset':
      return control(type.reset, false, words(frame.stream, frame.status))
    case 'ping':
      return control(type.ping, false, words(frame.id))
    case 'goAway':
      return control(type.goAway, false, words(frame.lastStream, 0))
  }
}

function dataFrame(stream: number, fin: boolean, bytes: Buffer): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(stream, 0)
  head.writeUInt8(fin ? finFlag : 0, 4)
  head.writeUIntBE(bytes.length, 5, 3)
  return Buffer.concat([head, bytes])
}

function control(kind: number, fin: boolean, payload: Buffer): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt16BE(controlBit | version, 0)
  head.writeUInt16BE(kind, 2)
  head.writeUInt8(fin ? finFlag : 0, 4)
  head.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([head, payload])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}
