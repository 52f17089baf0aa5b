import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import {
  type ApiRequest,
  type ApiResponse,
  type ApiResponseBody,
  causeHeader,
  encodeCause,
  encodedFrom,
  encodedFromBytes,
  encodeJson,
  type KubeObject,
  parseJson,
  type WatchEventType,
  type WatchFrame,
} from '#machinery'
import { serviceUnavailable } from '#machinery/status'
import type { Transport } from '../contract/client.ts'

/** Where an API server is, whom it is to be trusted by, and who is asking. */
export interface HttpsTransportOptions {
  /** `https://127.0.0.1:6443`; plain http only for tests. */
  readonly server: string
  readonly certificateAuthority?: string
  readonly clientCertificate?: string
  readonly clientKey?: string
  readonly token?: string
  /** Sockets kept for reuse. */
  readonly maxSockets?: number
}

/** The longest answer that is read into memory: a list of 150 000 pods fits. */
const maxBodyBytes = 1024 * 1024 * 1024
/** The longest line of a watch: an object is at most 3 MiB, and its frame little more. */
const maxFrameBytes = 8 * 1024 * 1024

/** A Transport over HTTP/1.1 with TLS to any Kubernetes API server. */
export function createHttpsTransport(options: HttpsTransportOptions): Transport & Disposable {
  const base = new URL(options.server)
  const secure = base.protocol === 'https:'
  const sockets = { keepAlive: true, maxSockets: options.maxSockets ?? 256 }
  const agent = secure
    ? new HttpsAgent({
        ...sockets,
        ca: options.certificateAuthority,
        cert: options.clientCertificate,
        key: options.clientKey,
        minVersion: 'TLSv1.2',
      })
    : new HttpAgent(sockets)

  return {
    async send(request, signal) {
      const query = request.query.size > 0 ? `?${request.query}` : ''
      const outgoing = (secure ? httpsRequest : httpRequest)({
        agent,
        host: base.hostname,
        port: base.port,
        method: request.method,
        path: `${base.pathname.replace(/\/$/, '')}${request.path}${query}`,
        headers: headersOf(request, options.token),
        signal,
      })
      const incoming = await exchange(outgoing, bodyOf(request))
      return responseOf(request, incoming)
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function headersOf(
  { headers, cause }: ApiRequest,
  token: string | undefined,
): Record<string, string> {
  const encoded = cause && encodeCause(cause)
  return {
    ...headers,
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(encoded === undefined ? {} : { [causeHeader]: encoded }),
  }
}

function bodyOf({ body }: ApiRequest): Uint8Array | undefined {
  if (!body) return undefined
  return body.kind === 'bytes' ? body.bytes : Buffer.from(encodeJson(body.value))
}

function exchange(request: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', (error) => reject(serviceUnavailable(error.message)))
    if (body) request.setHeader('content-length', body.byteLength)
    request.end(body)
  })
}

async function responseOf(request: ApiRequest, incoming: IncomingMessage): Promise<ApiResponse> {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  )
  const status = incoming.statusCode ?? 500
  const isWatch = request.query.get('watch') === 'true' && status < 400
  if (isWatch) return { status, headers, body: { kind: 'watch', events: watchFrames(incoming) } }
  const contentType = String(headers['content-type'] ?? '')
  if (request.query.get('follow') === 'true' && status < 400) {
    return { status, headers, body: { kind: 'stream', contentType, chunks: incoming } }
  }
  return { status, headers, body: await readBody(incoming, contentType) }
}

async function readBody(incoming: IncomingMessage, contentType: string): Promise<ApiResponseBody> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size > maxBodyBytes) throw serviceUnavailable('the answer is too large')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length === 0) return { kind: 'none' }
  if (!contentType.startsWith('application/json')) return { kind: 'bytes', contentType, bytes }
  return { kind: 'object', contentType, value: encodedFromBytes(bytes) }
}

async function* watchFrames(incoming: IncomingMessage): AsyncGenerator<WatchFrame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of incoming) {
    let start = 0
    const buffer: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    for (;;) {
      const end = buffer.indexOf(10, start)
      if (end < 0) break
      yield parseFrame(buffer.subarray(start, end))
      start = end + 1
    }
    rest = buffer.subarray(start)
    if (rest.length > maxFrameBytes) throw serviceUnavailable('a watch event is too large')
  }
}

function parseFrame(line: Buffer): WatchFrame {
  const frame = parseJson(line.toString('utf8')) as { type: WatchEventType; object: KubeObject }
  return { type: frame.type, object: encodedFrom(frame.object) }
}
