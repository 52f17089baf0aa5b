import type { PortForwarding } from '../../request/connection.ts'
import type { SpdyConnection, SpdyStream } from '../spdy/connection.ts'
import { forwardConnection } from './port-forward.ts'

/** The name of the port-forward protocol in the Upgrade handshake. */
export const portForwardProtocol = 'portforward.k8s.io'

/** Streams that wait for the other of their pair; clients open both at once. */
const maxWaiting = 256

/**
 * Port-forward over SPDY. For each connection the client opens two streams, `error` and `data`, with
 * the same `requestid`; older clients leave it out and pair them by their stream numbers.
 */
export async function serveSpdyPortForward(
  connection: SpdyConnection,
  ports: PortForwarding,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Map<string, SpdyStream>()
  for await (const stream of connection.streams) {
    const id = requestIdOf(stream)
    const other = waiting.get(id)
    if (!other) {
      if (waiting.size < maxWaiting) waiting.set(id, stream)
      else stream.reset()
      continue
    }
    waiting.delete(id)
    const pair = pairOf(stream, other)
    if (pair) void forwardConnection(ports, pair, signal)
    else for (const each of [stream, other]) each.reset()
  }
}

function requestIdOf({ id, headers }: SpdyStream): string {
  const { requestid, streamtype } = headers
  if (requestid !== undefined) return requestid
  return `stream-${streamtype === 'data' ? id - 2 : id}`
}

function pairOf(a: SpdyStream, b: SpdyStream) {
  const data = [a, b].find(({ headers }) => headers.streamtype === 'data')
  const error = [a, b].find(({ headers }) => headers.streamtype === 'error')
  const port = Number(data?.headers.port)
  if (!data || !error || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  return { port, input: data.input, output: data.output, error: error.output }
}
