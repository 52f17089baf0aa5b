import { type ByteStream, onAbort } from '#lib'
import type { NodeConnector } from '#machinery'
import { dialFailure } from './go-errors.ts'
import {
  maxAnswerBytes,
  type WebhookAnswer,
  type WebhookCall,
  type WebhookTransport,
} from './transport.ts'

/**
 * HTTP over the connections of nodes, with neither sockets nor encryption: simulated pods have no certificates. What
 * is outside of the cluster is left to another transport.
 */
export function createPlainTransport(
  nodes: NodeConnector,
  outside: WebhookTransport,
): WebhookTransport {
  return {
    async post(call, signal) {
      const { place } = call
      if (place.kind === 'url') return outside.post(call, signal)
      const stream = await dial(nodes, place, signal)
      using _ = onAbort(signal, () => stream.close())
      try {
        return await exchange(call, stream)
      } finally {
        signal.throwIfAborted()
        stream.close()
      }
    },
  }
}

async function dial(
  nodes: NodeConnector,
  place: WebhookCall['place'] & { readonly kind: 'endpoint' },
  signal: AbortSignal,
): Promise<ByteStream> {
  try {
    const node = await nodes(place.nodeName, signal)
    return await node.connect({ host: place.host, port: place.port }, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw dialFailure(error, place)
  }
}

async function exchange(
  { path, authority, body }: WebhookCall,
  stream: ByteStream,
): Promise<WebhookAnswer> {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${authority}`,
    'User-Agent: kube-apiserver-admission',
    'Accept: application/json, */*',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  await stream.input.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
  return answerOf(await untilEnd(stream))
}

/** The server closes the connection when it has answered, as it was asked to. */
async function untilEnd({ output }: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of output) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxAnswerBytes) throw new Error(`answer is larger than ${maxAnswerBytes} bytes`)
    }
  } catch (error) {
    // A connection that is reset says nothing more.
    if (chunks.length === 0) throw new Error('EOF', { cause: error })
    throw error
  }
  return Buffer.concat(chunks)
}

function answerOf(bytes: Buffer): WebhookAnswer {
  const end = bytes.indexOf('\r\n\r\n')
  const [first = '', ...lines] = bytes
    .subarray(0, Math.max(0, end))
    .toString('latin1')
    .split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1])
  if (end < 0 || !status) throw new Error(bytes.length === 0 ? 'EOF' : 'malformed HTTP response')
  const header = (wanted: string) =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${wanted}:`))
      ?.slice(wanted.length + 1)
      .trim()
  return {
    status,
    contentType: header('content-type') ?? '',
    body: bytes.subarray(end + 4),
  }
}
