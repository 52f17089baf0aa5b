import { createHash } from 'node:crypto'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { onAbort } from '#lib'
import type { NodeConnector } from '#machinery'
import { exchangeFailure } from './go-errors.ts'
import { connectWebhook } from './tls-connection.ts'
import {
  maxAnswerBytes,
  type WebhookAnswer,
  type WebhookCall,
  type WebhookTransport,
} from './transport.ts'

/** A transport that keeps connections open for later calls, until it is disposed of. */
export interface TlsTransport extends Disposable, Pick<WebhookTransport, 'post'> {}

/** How long a connection waits for another call (Go: `IdleConnTimeout` of client-go's transports). */
const idleMs = 90_000
/** How many wait at one place. */
const maxIdle = 25

/**
 * HTTPS from this process: to URLs directly, to Services of the cluster from one of its nodes. A handshake costs more
 * than a webhook, so that calls of the same server with the same authorities share connections, as Go's do.
 */
export function createTlsTransport(nodes: NodeConnector): TlsTransport {
  const { agent, isDialFailure } = createAgent(nodes)
  return {
    async post(call, signal) {
      for (;;) {
        const outgoing = requestOf(agent, call, signal)
        using _ = onAbort(signal, () => outgoing.destroy())
        try {
          return await exchange(outgoing, call.body)
        } catch (error) {
          signal.throwIfAborted()
          // The server has closed a connection that had waited. It may have seen the call all the same; it may
          // be called again in any case (upstream: reinvocation), and a write refused for this would be worse.
          if (outgoing.reusedSocket && isCutOff(error)) continue
          throw isDialFailure(error) ? error : exchangeFailure(error)
        }
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** What tells connections apart, and what a new one is opened by. */
interface ConnectionOptions {
  readonly call: WebhookCall
  /** The agent keeps what is called `signal` to itself. */
  readonly callSignal: AbortSignal
}

interface WebhookAgent {
  readonly agent: Agent
  /** Whether something went wrong about opening a connection, and so is in the words of Go already. */
  isDialFailure(error: unknown): boolean
}

function createAgent(nodes: NodeConnector): WebhookAgent {
  const failures = new WeakSet<object>()
  const agent = new Agent({ keepAlive: true, maxFreeSockets: maxIdle, timeout: idleMs })
  const createConnection = (
    // Cast: the agent hands on what `requestOf` gave it.
    { call, callSignal }: ConnectionOptions,
    done: (error: Error | null, socket?: Duplex) => void,
  ) => {
    connectWebhook(nodes, call, callSignal).then(
      (socket) => done(null, socket),
      (error: Error) => {
        failures.add(error)
        done(error)
      },
    )
  }
  Object.assign(agent, { createConnection })
  const isDialFailure = (error: unknown) => error instanceof Error && failures.has(error)
  return { agent, isDialFailure }
}

function requestOf(agent: Agent, call: WebhookCall, signal: AbortSignal): ClientRequest {
  const { path, authority, body, method = 'POST', headers } = call
  const content = method === 'POST' && {
    'content-type': 'application/json',
    'content-length': String(body.length),
  }
  const own: ConnectionOptions = { call, callSignal: signal }
  return request({
    ...own,
    agent,
    // By it the agent tells connections apart.
    host: placeKey(call),
    method,
    path,
    headers: {
      host: authority,
      'user-agent': 'kube-apiserver-admission',
      accept: 'application/json, */*',
      ...content,
      ...headers,
    },
  })
}

function placeKey({ place, serverName, authorities, client }: WebhookCall): string {
  const whole = JSON.stringify([place, serverName, authorities, client])
  return createHash('sha256').update(whole).digest('hex')
}

function exchange(outgoing: ClientRequest, body: Uint8Array): Promise<WebhookAnswer> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject)
    outgoing.once('response', (incoming) => wholeAnswer(incoming).then(resolve, reject))
    outgoing.end(body)
  })
}

function isCutOff(error: unknown): boolean {
  // Cast: errors of sockets have a code.
  const { code } = error as { readonly code?: string }
  return code === 'ECONNRESET' || code === 'EPIPE'
}

async function wholeAnswer(incoming: IncomingMessage): Promise<WebhookAnswer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of incoming) {
    // Cast: the stream has no encoding, so that it gives bytes.
    const bytes = chunk as Uint8Array
    size += bytes.length
    if (size > maxAnswerBytes) throw new Error(`answer is larger than ${maxAnswerBytes} bytes`)
    chunks.push(bytes)
  }
  return {
    status: incoming.statusCode ?? 0,
    contentType: incoming.headers['content-type'] ?? '',
    body: Buffer.concat(chunks),
  }
}
