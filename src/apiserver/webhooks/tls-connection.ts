import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  checkServerIdentity,
  connect as connectTls,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls'
import { linkedAbort, onAbort } from '#lib'
import type { NodeConnector } from '#machinery'
import { duplexOf } from '../proxy/duplex.ts'
import { dialFailure, exchangeFailure } from './go-errors.ts'
import type { WebhookCall, WebhookPlace } from './transport.ts'

/**
 * A connection to a webhook, encrypted and with the server's certificate checked. It outlives the call that it was
 * opened for; the signal ends it only while it is being opened.
 * @throws Error in the words of Go.
 */
export async function connectWebhook(
  nodes: NodeConnector,
  call: Omit<WebhookCall, 'body'>,
  signal: AbortSignal,
): Promise<TLSSocket> {
  // A link, since what is dialled with a signal ends with it.
  using opening = linkedAbort(signal)
  const raw = await dial(nodes, call.place, opening.signal)
  using _ = onAbort(signal, () => raw.destroy())
  try {
    return await encrypted(call, raw)
  } catch (error) {
    raw.destroy()
    signal.throwIfAborted()
    throw exchangeFailure(error)
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

function encrypted(
  { serverName, authorities, client }: Pick<WebhookCall, 'serverName' | 'authorities' | 'client'>,
  raw: Duplex,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    raw.on('error', reject)
    const socket = connectTls({
      socket: raw,
      ...(!isIP(serverName) && { servername: serverName }),
      ...(authorities !== undefined && { ca: authorities }),
      ...(client && { cert: client.certificate, key: client.key }),
      ALPNProtocols: ['http/1.1'],
      checkServerIdentity: (_, certificate) => identityFault(serverName, certificate),
    })
    socket.on('error', reject)
    socket.on('close', () => raw.destroy())
    socket.once('secureConnect', () => resolve(socket))
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
