import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from 'node:tls'
import { onAbort } from '#lib'
import type { NodeConnector } from '#machinery'
import { duplexOf } from '../proxy/duplex.ts'
import { dialFailure, exchangeFailure } from './go-errors.ts'
import {
  maxAnswerBytes,
  type WebhookAnswer,
  type WebhookCall,
  type WebhookPlace,
  type WebhookTransport,
} from './transport.ts'

/** HTTPS from this process: to URLs directly, to Services of the cluster from one of its nodes. */
export function createTlsTransport(nodes: NodeConnector): WebhookTransport {
  return {
    async post(call, signal) {
      const raw = await dial(nodes, call.place, signal)
      using _ = onAbort(signal, () => raw.destroy())
      try {
        return await exchange(call, raw)
      } catch (error) {
        signal.throwIfAborted()
        throw exchangeFailure(error)
      } finally {
        raw.destroy()
      }
    },
  }
}

async function dial(
  nodes: NodeConnector,
  place: WebhookPlace,
  signal: AbortSignal,
): Promise<Duplex> {
  try {
    if (place.kind === 'url') return await dialDirectly(place, signal)
    const node = await nodes(place.nodeName, signal)
    return duplexOf(await node.connect({ host: place.host, port: place.port }, signal))
  } catch (error) {
    signal.throwIfAborted()
    throw dialFailure(error, place)
  }
}

function dialDirectly(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port })
    const following = onAbort(signal, () => socket.destroy(new Error('aborted')))
    const settle = (done: () => void) => {
      following[Symbol.dispose]()
      done()
    }
    socket.once('connect', () => settle(() => resolve(socket)))
    socket.once('error', (error) => settle(() => reject(error)))
  })
}

/** One request over a connection of its own, encrypted and with the server's certificate checked. */
function exchange(call: WebhookCall, raw: Duplex): Promise<WebhookAnswer> {
  const { serverName, authorities, path, authority, body } = call
  return new Promise((resolve, reject) => {
    raw.on('error', reject)
    const socket = connectTls({
      socket: raw,
      ...(!isIP(serverName) && { servername: serverName }),
      ...(authorities !== undefined && { ca: authorities }),
      ALPNProtocols: ['http/1.1'],
      checkServerIdentity: (_, certificate) => identityFault(serverName, certificate),
    })
    socket.on('error', reject)
    socket.once('secureConnect', () => {
      const outgoing: ClientRequest = request({
        createConnection: () => socket,
        method: 'POST',
        path,
        headers: {
          host: authority,
          'user-agent': 'kube-apiserver-admission',
          accept: 'application/json, */*',
          'content-type': 'application/json',
          'content-length': String(body.length),
        },
      })
      outgoing.once('error', reject)
      outgoing.once('response', (incoming) => wholeAnswer(incoming).then(resolve, reject))
      outgoing.end(body)
    })
  })
}

/** Go knows a server by its alternative names only. */
function identityFault(name: string, certificate: PeerCertificate): Error | undefined {
  if (!certificate.subjectaltname) {
    return new Error(
      'tls: failed to verify certificate: x509: certificate relies on legacy Common Name field, use SANs instead',
    )
  }
  return checkServerIdentity(name, certificate)
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
