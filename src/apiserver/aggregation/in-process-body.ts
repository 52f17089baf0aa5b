import type { IncomingMessage } from 'node:http'
import {
  type ApiRequest,
  type ApiResponseBody,
  encodedFrom,
  encodedFromBytes,
  type KubeObject,
  parseJson,
  type WatchEventType,
  type WatchFrame,
} from '#machinery'
import { serviceUnavailable } from '#machinery/status'

/** The longest answer that is read as a whole, and the longest line of a watch. */
const maxBodyBytes = 256 * 1024 * 1024
const maxFrameBytes = 8 * 1024 * 1024

/** The body as clients in this process read it: objects and watches, where it is JSON. */
export async function inProcessBody(
  { query }: ApiRequest,
  incoming: IncomingMessage,
): Promise<ApiResponseBody> {
  const { 'content-type': contentType = '' } = incoming.headers
  const isJson = contentType.startsWith('application/json')
  const isGood = (incoming.statusCode ?? 500) < 400
  if (isGood && isJson && isTrue(query.get('watch'))) {
    return { kind: 'watch', events: framesOf(incoming) }
  }
  const bytes = await wholeBody(incoming, maxBodyBytes)
  if (bytes.length === 0) return { kind: 'none' }
  if (isJson) return { kind: 'object', contentType, value: encodedFromBytes(bytes) }
  return { kind: 'bytes', contentType, bytes }
}

function isTrue(text: string | null): boolean {
  return text === 'true' || text === '1'
}

/** All of an answer. @throws StatusError 503 for one that is too long. */
export async function wholeBody(incoming: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size > most) throw serviceUnavailable('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* framesOf(incoming: IncomingMessage): AsyncGenerator<WatchFrame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of incoming) {
    const buffer: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let start = 0
    for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, start)) {
      yield frameOf(buffer.subarray(start, end))
      start = end + 1
    }
    rest = buffer.subarray(start)
    if (rest.length > maxFrameBytes) throw serviceUnavailable('a watch event is too large')
  }
}

function frameOf(line: Buffer): WatchFrame {
  // Cast: what a watch of Kubernetes sends.
  const frame = parseJson(line.toString()) as { type: WatchEventType; object: KubeObject }
  return { type: frame.type, object: encodedFrom(frame.object) }
}
