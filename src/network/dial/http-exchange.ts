import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { DialHttpRequest, HttpAnswer, HttpOutcome } from '../model/dialer.ts'
import type { Deadline } from './deadline.ts'
import { type ConnectionEnds, joinHostPort, socketErrorText } from './go-errors.ts'
import { headersTimeout, malformedText, urlError } from './http-words.ts'

const bodyTimeout =
  'context deadline exceeded (Client.Timeout or context cancellation while reading body)'

/** One request over a connection of its own, without redirects; certificates are not checked. */
export async function exchangeHttp(
  request: DialHttpRequest,
  deadline: Deadline,
): Promise<HttpOutcome> {
  const line: Line = {}
  let response: IncomingMessage
  try {
    response = await headersOf(request, deadline, line)
  } catch (error) {
    const reason = deadline.expired ? headersTimeout : headersErrorText(error, request, line.ends)
    const stage = line.ends ? 'headers' : 'connect'
    return { kind: 'failed', stage, message: urlError(request, reason) }
  }
  try {
    return await answerOf(response, request.bodyLimitBytes)
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    const reason = deadline.expired ? bodyTimeout : bodyErrorText(cause, request, line.ends)
    return { kind: 'failed', stage: 'body', message: reason }
  } finally {
    line.socket?.destroy()
  }
}

/** The connection of an exchange; its ends are known once it stands, and still when it broke. */
interface Line {
  socket?: Socket
  ends?: ConnectionEnds
}

function headersOf(
  request: DialHttpRequest,
  deadline: Deadline,
  line: Line,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = start(request, deadline.signal)
    outgoing.on('socket', (socket) => {
      line.socket = socket
      socket.once('connect', () => {
        line.ends = endsOf(socket)
      })
    })
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function start(request: DialHttpRequest, signal: AbortSignal): ClientRequest {
  const { host, port, path, method } = request
  const options = { host, port, path, method, signal, agent: false, headers: headerList(request) }
  if (request.scheme === 'http') return httpRequest(options)
  const name = isIP(host) ? {} : { servername: host }
  return httpsRequest({ ...options, ...name, rejectUnauthorized: false })
}

/** Node takes a flat list of names and values, which keeps order and repetition. */
function headerList(request: DialHttpRequest): string[] {
  const hasHost = request.headers.some(([name]) => name.toLowerCase() === 'host')
  const host = hasHost ? [] : ['Host', joinHostPort(request)]
  return [...host, ...request.headers.flat(), 'Connection', 'close']
}

async function answerOf(response: IncomingMessage, limitBytes: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= limitBytes) break
  }
  const { rawHeaders } = response
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
  )
  const body = Buffer.concat(chunks).subarray(0, limitBytes)
  return { kind: 'answered', status: response.statusCode ?? 0, headers, body }
}

function headersErrorText(
  error: unknown,
  request: DialHttpRequest,
  ends: ConnectionEnds | undefined,
): string {
  const cause = error as NodeJS.ErrnoException & { rawPacket?: Buffer }
  if (cause.code?.startsWith('HPE_')) return malformedText(cause.rawPacket)
  if (cause.code === 'EPROTO' || cause.code?.startsWith('ERR_SSL_WRONG_VERSION')) {
    return 'http: server gave HTTP response to HTTPS client'
  }
  // The peer closed in an orderly way without a word; Node calls that a reset without a system call.
  if (cause.code === 'ECONNRESET' && cause.syscall === undefined) return 'EOF'
  return socketErrorText(cause, request, ends)
}

function bodyErrorText(
  error: NodeJS.ErrnoException,
  request: DialHttpRequest,
  ends: ConnectionEnds | undefined,
): string {
  if (error.code === 'ECONNRESET' && error.syscall === undefined) return 'unexpected EOF'
  return socketErrorText(error, request, ends)
}

function endsOf(socket: Socket): ConnectionEnds {
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket
  return {
    local: { host: localAddress, port: localPort },
    remote: { host: remoteAddress, port: remotePort },
  }
}
