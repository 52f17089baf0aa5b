import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ByteStream } from '#lib'
import { messageOf } from '#lib'
import { serviceUnavailable } from '#machinery/status'
import type { UpgradedConnection } from '../request/connection.ts'
import { duplexOf } from './duplex.ts'
import type { ProxyTarget } from './target.ts'

/** A request to be sent on to a node, pod or service. */
export interface ProxyRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array | undefined
}

/** One HTTP exchange over a connection that is open. @throws StatusError 503 when no answer comes. */
export function proxyExchange(
  target: ProxyTarget,
  wanted: ProxyRequest,
  stream: ByteStream,
): Promise<IncomingMessage> {
  const outgoing = ask(target, wanted, stream)
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', (error) => reject(unreachable(error)))
  })
}

/** The same for a request that is to leave HTTP: the connection after it did, or why it did not. */
export function exchangeUpgrade(
  target: ProxyTarget,
  wanted: ProxyRequest,
  stream: ByteStream,
): Promise<UpgradedConnection | { readonly kind: 'refused'; readonly incoming: IncomingMessage }> {
  const outgoing = ask(target, wanted, stream)
  return new Promise((resolve, reject) => {
    outgoing.once('upgrade', ({ rawHeaders: headers }, own, first) =>
      resolve({ kind: 'upgraded', headers, stream: own, first }),
    )
    outgoing.once('response', (incoming) => resolve({ kind: 'refused', incoming }))
    outgoing.once('error', (error) => reject(unreachable(error)))
  })
}

/** Where nothing is known of the certificate of a pod any is taken, as upstream does. */
function ask(
  { scheme, host, port, tls }: ProxyTarget,
  { method, path, headers, body }: ProxyRequest,
  stream: ByteStream,
): ClientRequest {
  const raw = duplexOf(stream)
  const server = isIP(host) ? {} : { servername: host }
  const isSecure = scheme === 'https' && !stream.withoutTls
  const socket = isSecure
    ? connectTls({ socket: raw, rejectUnauthorized: false, ...server, ...tls })
    : raw
  const outgoing = request({
    createConnection: () => socket,
    host,
    port,
    method,
    path,
    headers: { ...headers, ...(body && { 'content-length': String(body.length) }) },
  })
  outgoing.end(body)
  return outgoing
}

function unreachable(error: unknown): Error {
  return serviceUnavailable(`error trying to reach service: ${messageOf(error)}`)
}
