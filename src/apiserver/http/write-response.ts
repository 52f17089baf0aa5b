import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Writable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import type { Clock } from '#lib'
import type { ApiResponse, ApiResponseBody } from '#machinery'
import { joined, listPieces, watchLine } from './streams/frames.ts'

export type HttpResponse = ServerResponse | Http2ServerResponse

export interface ResponseOptions {
  readonly isHead: boolean
  readonly acceptsGzip: boolean
  readonly clock: Clock
  /** A client that takes nothing for so long is cut off. */
  readonly stallMs: number
  /** Is told of the bytes of the body, before they are compressed. */
  readonly count?: (bytes: number) => void
}

/** From this length on an answer is worth compressing (upstream: `defaultGzipThresholdBytes`). */
const gzipThresholdBytes = 128 * 1024
const pieceBytes = 64 * 1024

/**
 * Sends an answer as it is: bytes that the cache holds are written, never made again. Resolves when
 * all is handed to the network; a client that leaves ends it early, without error.
 */
export async function writeResponse(
  response: HttpResponse,
  answer: ApiResponse,
  options: ResponseOptions,
): Promise<void> {
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  response.statusCode = answer.status
  if (!response.hasHeader('cache-control')) {
    response.setHeader('cache-control', 'no-cache, private')
  }
  const warnings = answer.warnings ?? []
  if (warnings.length > 0) response.setHeader('warning', [...new Set(warnings)].map(warningOf))
  const { body } = answer
  switch (body.kind) {
    case 'none':
      response.end()
      return
    case 'watch':
      return writeWatch(response, { ...answer, body }, options)
    case 'stream':
      return writeStream(response, { ...answer, body }, options)
    case 'bytes':
      return writeWhole(response, body.contentType, [body.bytes], options)
    case 'object': {
      const contentType = body.contentType ?? 'application/json'
      return writeWhole(response, contentType, [body.value.bytes, lineEnd], options)
    }
    case 'list':
      return writePieces(response, 'application/json', listPieces(body), options)
    case 'pieces':
      return writePieces(response, body.contentType, body.pieces, options)
  }
}

const lineEnd = Buffer.from('\n')

/** RFC 7234's form; the agent is left open, as upstream does. */
function warningOf(text: string): string {
  // What cannot stand in a header would end the answer; clients show the text to people only.
  const plain = text.replace(/[^\t\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')
  return `299 - "${plain}"`
}

async function writeWhole(
  response: HttpResponse,
  contentType: string,
  parts: readonly Uint8Array[],
  options: ResponseOptions,
): Promise<void> {
  const { isHead, acceptsGzip } = options
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  response.setHeader('content-type', contentType)
  const zipped = acceptsGzip && length >= gzipThresholdBytes
  if (zipped) {
    response.setHeader('content-encoding', 'gzip')
    response.setHeader('vary', 'Accept-Encoding')
  } else response.setHeader('content-length', String(length))
  if (isHead) {
    response.end()
    return
  }
  const sink = sinkOf(response, zipped)
  for (const piece of joined(parts, pieceBytes)) {
    if (!(await send({ sink, response }, piece, options))) break
  }
  sink.end()
  if (length > pieceBytes) await taken(response, options)
}

/**
 * Sends what is encoded piece by piece, with others' turn between two of them. A short body is
 * gathered first and has its length in the header; a long one has none, as upstream's lists.
 */
async function writePieces(
  response: HttpResponse,
  contentType: string,
  parts: Iterable<Uint8Array>,
  options: ResponseOptions,
): Promise<void> {
  const { isHead, acceptsGzip } = options
  const pieces = joined(parts, pieceBytes)
  const first: Uint8Array[] = []
  for (let length = 0; length < gzipThresholdBytes; await macrotask()) {
    const { done, value } = pieces.next()
    if (done) return writeWhole(response, contentType, first, options)
    first.push(value)
    length += value.length
  }
  response.setHeader('content-type', contentType)
  if (acceptsGzip) {
    response.setHeader('content-encoding', 'gzip')
    response.setHeader('vary', 'Accept-Encoding')
  }
  if (isHead) {
    response.end()
    return
  }
  const sink = sinkOf(response, acceptsGzip)
  for (const piece of chained(first, pieces)) {
    if (!(await send({ sink, response }, piece, options))) break
    await macrotask()
  }
  sink.end()
  await taken(response, options)
}

function* chained<T>(...some: readonly Iterable<T>[]): Generator<T> {
  for (const each of some) yield* each
}

function sinkOf(response: HttpResponse, zipped: boolean): Writable {
  if (!zipped) return response
  const gzip = createGzip({ level: constants.Z_BEST_SPEED })
  gzip.pipe(response)
  return gzip
}

async function writeWatch(
  response: HttpResponse,
  { body: { events }, eventSent }: AnswerOf<'watch'>,
  options: ResponseOptions,
): Promise<void> {
  response.setHeader('content-type', 'application/json')
  flushHeaders(response)
  await orCutOff(response, async () => {
    for await (const line of gathered(events, measured(watchLine, eventSent))) {
      if (!(await send({ sink: response, response }, line, options))) break
    }
  })
  response.end()
}

interface AnswerOf<Kind extends ApiResponseBody['kind']> extends ApiResponse {
  readonly body: Extract<ApiResponseBody, { readonly kind: Kind }>
}

/** What encodes, and tells how many bytes that makes. */
function measured<T>(
  encode: (item: T) => Buffer,
  sent: ApiResponse['eventSent'],
): (item: T) => Buffer {
  if (!sent) return encode
  return (item) => {
    const bytes = encode(item)
    sent(bytes.length)
    return bytes
  }
}

/** Cuts the client off where an answer fails on the way: it must not take it for the whole. */
async function orCutOff(response: HttpResponse, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    cutOff(response)
    throw error
  }
}

function cutOff(response: HttpResponse): void {
  if ('stream' in response) response.stream.destroy()
  else response.socket?.destroy()
}

async function writeStream(
  response: HttpResponse,
  { body: { contentType, chunks }, eventSent }: AnswerOf<'stream'>,
  options: ResponseOptions,
): Promise<void> {
  response.setHeader('content-type', contentType)
  flushHeaders(response)
  await orCutOff(response, async () => {
    for await (const chunk of chunks) {
      eventSent?.(chunk.length)
      if (!(await send({ sink: response, response }, chunk, options))) break
    }
  })
  response.end()
}

/** Lets the client see that a watch has begun before anything happens. */
function flushHeaders(response: HttpResponse): void {
  // HTTP/2's response has the method as well; only its type does not say so.
  const { flushHeaders: flush } = response as ServerResponse
  flush.call(response)
}

/** Encodes what is ready at the same moment into one piece: a busy watch needs fewer writes. */
async function* gathered<T>(
  items: AsyncIterable<T>,
  encode: (item: T) => Buffer,
): AsyncGenerator<Buffer> {
  const iterator = items[Symbol.asyncIterator]()
  const ahead = () => {
    const next = iterator.next()
    // It is awaited when the client has taken what goes before; until then its failure is nobody's,
    // which would end the process.
    next.catch(() => {})
    return next
  }
  try {
    let next = ahead()
    for (;;) {
      const first = await next
      if (first.done) return
      const parts = [encode(first.value)]
      let length = parts[0]?.length ?? 0
      next = ahead()
      while (length < pieceBytes) {
        const more = await Promise.race([next, macrotask()])
        if (more === undefined || more.done) break
        const part = encode(more.value)
        parts.push(part)
        length += part.length
        next = ahead()
      }
      yield Buffer.concat(parts, length)
    }
  } finally {
    await iterator.return?.()
  }
}

function macrotask(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(resolve, undefined))
}

interface Way {
  /** What is written to: the response, or what leads to it. */
  readonly sink: Pick<Writable, 'write' | 'once' | 'off'>
  readonly response: HttpResponse
}

/** Writes, and waits while the client takes no more. False once it has left, or is cut off. */
async function send(
  { sink, response }: Way,
  bytes: Uint8Array,
  options: ResponseOptions,
): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false
  options.count?.(bytes.length)
  if (sink.write(bytes)) return true
  await within(response, sink, 'drain', options)
  return !response.destroyed
}

/** Waits until the client has taken the end of a long answer. */
async function taken(response: HttpResponse, options: ResponseOptions): Promise<void> {
  if (response.destroyed || response.writableFinished) return
  await within(response, response, 'finish', options)
}

/** Waits for an event of a sink; cuts the client off if neither that nor its leaving comes in time. */
function within(
  response: HttpResponse,
  sink: Way['sink'],
  event: 'drain' | 'finish',
  { clock, stallMs }: ResponseOptions,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.timer(stallMs, () => {
      cutOff(response)
      done()
    })
    const done = () => {
      timer[Symbol.dispose]()
      sink.off(event, done)
      response.off('close', done)
      resolve()
    }
    sink.once(event, done)
    response.once('close', done)
  })
}
