import { createChannel } from '#lib'
import type { DialedConnection } from '#network'
import { ConnectionReset, type Listener, type NetworkResponse } from '../model/fabric.ts'
import { type HttpHead, parseHead } from './http-head.ts'
import type { Link } from './link.ts'

/** The server's side of a connection; an open connection is one. */
export interface StreamServer {
  /** What listens at this instant; undefined resets the connection. */
  readonly current: () => Listener | undefined
  readonly fromIp: string
  /** While false, nothing is answered any more. */
  readonly isUp: () => boolean
  /** What faults do to the connection's packets; absent: nothing. */
  readonly link?: Link
}

/** As Go's servers say it. */
const badRequest = Buffer.from(
  [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: text/plain; charset=utf-8',
    'Connection: close',
    '',
    '400 Bad Request',
  ].join('\r\n'),
)

/** Answers in pieces that wait to be read. */
const answerLimit = 1024

/** Longest head of a request. */
const requestLimitBytes = 1 << 16

/** Longest body that a server is handed; a longer one is passed over. */
const bodyLimitBytes = 8 * 1024 * 1024

/**
 * A byte stream to a server that only knows requests: HTTP/1.1 is spoken over it, so that tools
 * which bring their own bytes (a forwarded port, say) get an answer.
 */
export function serveHttp(server: StreamServer): DialedConnection {
  const incoming = createChannel<Uint8Array>(answerLimit)
  const closed = new AbortController()
  const parser = createParser()
  let work = Promise.resolve()
  const reset = () => incoming.fail(new ConnectionReset())
  const take = async (head: StreamRequest | 'malformed') => {
    if (closed.signal.aborted) return
    const isDone = await answer(server, head, incoming.push, closed.signal).catch(() => {
      reset()
      return true
    })
    if (isDone) incoming.close()
  }
  return {
    incoming,
    withoutTls: true,
    write: async (bytes, signal) => {
      signal.throwIfAborted()
      for (const head of parser.push(bytes)) work = work.then(() => take(head))
    },
    end: async () => {
      // Who leaves in the middle of a head is told that it was none.
      if (parser.isInside) work = work.then(() => take('malformed'))
      work = work.then(() => incoming.close())
    },
    [Symbol.asyncDispose]: async () => {
      closed.abort(new ConnectionReset())
      incoming.close()
    },
  }
}

/** Whether the connection is to be closed afterwards. Rejects when it broke. */
async function answer(
  server: StreamServer,
  head: StreamRequest | 'malformed',
  push: (bytes: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  if (head === 'malformed') {
    push(badRequest)
    return true
  }
  const listener = server.current()
  if (listener === undefined) throw new ConnectionReset()
  const { method, path, headers, body } = head
  const about = { method, path, headers, ...(body && { body }) }
  const question = { protocol: 'http', ...about, fromIp: server.fromIp } as const
  const asking = server.link?.send(body?.length ?? 0, signal)
  if (asking !== undefined) await asking
  const response = await listener.answer(question, signal)
  const answering = server.link?.send(response.body.length, signal)
  if (answering !== undefined) await answering
  if (!server.isUp()) return false
  if (response.status === 0) {
    push(response.body)
    return true
  }
  push(render(response, head))
  return !head.keepAlive
}

function render(
  { status, headers, body }: NetworkResponse,
  { method, keepAlive }: HttpHead,
): Buffer {
  const own = headers.filter(([name]) => !framing.has(name.toLowerCase()))
  const lines = [
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Unknown'}`,
    ...own.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
    `Connection: ${keepAlive ? 'keep-alive' : 'close'}`,
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  return method === 'HEAD' ? head : Buffer.concat([head, body])
}

/** Said by us, as we frame the body. */
const framing: ReadonlySet<string> = new Set(['content-length', 'connection', 'transfer-encoding'])

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  400: 'Bad Request',
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** A request with its body, where it has one that is not too long. */
interface StreamRequest extends HttpHead {
  readonly body?: Uint8Array
}

/** Cuts a stream of bytes into requests. */
function createParser() {
  let buffer = Buffer.alloc(0)
  /** Bytes of a body that are still to be passed over. */
  let skipBytes = 0
  /** A request whose body is still coming. */
  let waiting: HttpHead | undefined
  const next = (): StreamRequest | 'malformed' | undefined => {
    const skipped = Math.min(skipBytes, buffer.length)
    skipBytes -= skipped
    buffer = buffer.subarray(skipped)
    if (waiting) return withBody(waiting)
    const end = buffer.indexOf('\r\n\r\n')
    if (end < 0) return buffer.length > requestLimitBytes ? malformed() : undefined
    const head = parseHead(buffer.subarray(0, end).toString('latin1'))
    if (head === undefined) return malformed()
    buffer = buffer.subarray(end + 4)
    if (head.bodyBytes > 0 && head.bodyBytes <= bodyLimitBytes) return withBody(head)
    skipBytes = head.bodyBytes
    return head
  }
  const withBody = (head: HttpHead): StreamRequest | undefined => {
    waiting = head
    if (buffer.length < head.bodyBytes) return undefined
    waiting = undefined
    const body = Uint8Array.from(buffer.subarray(0, head.bodyBytes))
    buffer = buffer.subarray(head.bodyBytes)
    return { ...head, body }
  }
  const malformed = () => {
    buffer = Buffer.alloc(0)
    return 'malformed' as const
  }
  return {
    get isInside() {
      return skipBytes === 0 && waiting === undefined && buffer.length > 0
    },
    push: (bytes: Uint8Array): readonly (StreamRequest | 'malformed')[] => {
      buffer = Buffer.concat([buffer, bytes])
      const heads: (StreamRequest | 'malformed')[] = []
      for (let head = next(); head !== undefined; head = next()) {
        heads.push(head)
        if (head === 'malformed') break
      }
      return heads
    },
  }
}
