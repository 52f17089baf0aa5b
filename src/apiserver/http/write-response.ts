import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Writable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import type { ApiResponse, ApiResponseBody } from '#machinery'
import { listParts, pieces, watchLine } from './frames.ts'

export type HttpResponse = ServerResponse | Http2ServerResponse

export interface WriteOptions {
  readonly isHead: boolean
  readonly acceptsGzip: boolean
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
  options: WriteOptions,
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
      return writeWatch(response, body)
    case 'stream':
      return writeStream(response, body)
    case 'bytes':
      return writeWhole(response, body.contentType, [body.bytes], options)
    case 'object': {
      const contentType = body.contentType ?? 'application/json'
      return writeWhole(response, contentType, [body.value.bytes, lineEnd], options)
    }
    case 'list':
      return writeWhole(response, 'application/json', listParts(body), options)
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
  { isHead, acceptsGzip }: WriteOptions,
): Promise<void> {
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
  const sink: Writable = zipped ? createGzip({ level: constants.Z_BEST_SPEED }) : response
  if (sink !== response) sink.pipe(response)
  for (const piece of pieces(parts, pieceBytes)) if (!(await send(sink, piece, response))) break
  sink.end()
}

async function writeWatch(
  response: HttpResponse,
  { events }: Extract<ApiResponseBody, { kind: 'watch' }>,
): Promise<void> {
  response.setHeader('content-type', 'application/json')
  flushHeaders(response)
  for await (const line of gathered(events, watchLine)) {
    if (!(await send(response, line, response))) break
  }
  response.end()
}

async function writeStream(
  response: HttpResponse,
  { contentType, chunks }: Extract<ApiResponseBody, { kind: 'stream' }>,
): Promise<void> {
  response.setHeader('content-type', contentType)
  flushHeaders(response)
  for await (const chunk of chunks) if (!(await send(response, chunk, response))) break
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
  try {
    let next = iterator.next()
    for (;;) {
      const first = await next
      if (first.done) return
      const parts = [encode(first.value)]
      let length = parts[0]?.length ?? 0
      next = iterator.next()
      while (length < pieceBytes) {
        const more = await Promise.race([next, macrotask()])
        if (more === undefined || more.done) break
        const part = encode(more.value)
        parts.push(part)
        length += part.length
        next = iterator.next()
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

/** Writes, and waits while the client takes no more. False once it has left. */
async function send(
  sink: Pick<Writable, 'write' | 'once' | 'off'>,
  bytes: Uint8Array,
  response: HttpResponse,
): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false
  if (sink.write(bytes)) return true
  await Promise.race([once(sink as Writable, 'drain'), once(response, 'close')])
  return !response.destroyed
}
