import type { IncomingMessage } from 'node:http'
import { nodes } from '#api'
import { onAbort, type Random } from '#lib'
import type { NodeConnector } from '#machinery'
import { serviceUnavailable } from '#machinery/status'
import type { ObjectReader } from '../cache/object-reader.ts'
import { exchangeUpgrade, type ProxyRequest, proxyExchange } from '../proxy/exchange.ts'
import type { ProxyTarget } from '../proxy/target.ts'
import { type EndpointPlace, endpointFor, type ServicePlace } from './place.ts'

/** How this server shows other API servers who it is, and whether they have certificates at all. */
export interface FrontProxy {
  /** PEM of the certificate that the authority of request headers has signed, and its key. */
  readonly certificate: string
  readonly key: string
}

/** What it takes to reach a server behind a Service. */
export interface Reach {
  readonly objects: ObjectReader
  readonly nodes: NodeConnector
  readonly random: Random
  /** Absent: pods are simulated, and speak HTTP without TLS. */
  readonly frontProxy: FrontProxy | undefined
}

/** Whom a server behind a Service is trusted by. */
export interface RemoteServer {
  readonly place: ServicePlace
  /** Base 64 of PEM; absent: the machine's own authorities. */
  readonly caBundle: string | undefined
  readonly isInsecure: boolean
}

/** The target, and the stream to it. @throws StatusError 503 where there is nobody to ask. */
async function open(reach: Reach, remote: RemoteServer, signal: AbortSignal) {
  const endpoint = endpointFor(reach.objects, remote.place, reach.random)
  if (!endpoint) throw serviceUnavailable('service unavailable')
  const nodeName = endpoint.nodeName ?? reach.objects.list(nodes)[0]?.metadata.name ?? ''
  const node = await reach.nodes(nodeName, signal)
  const stream = await node.connect({ host: endpoint.host, port: endpoint.port }, signal)
  onAbort(signal, () => stream.close())
  return { target: targetOf(reach, remote, endpoint), stream }
}

function targetOf(
  { frontProxy }: Reach,
  { place: { namespace, name }, caBundle, isInsecure }: RemoteServer,
  endpoint: EndpointPlace,
): ProxyTarget {
  if (!frontProxy) return { ...endpoint, scheme: 'http' }
  const tls = {
    cert: frontProxy.certificate,
    key: frontProxy.key,
    servername: `${name}.${namespace}.svc`,
    rejectUnauthorized: !isInsecure,
    ...(caBundle && { ca: Buffer.from(caBundle, 'base64').toString() }),
  }
  return { ...endpoint, scheme: 'https', tls }
}

/** One exchange with a server behind a Service. @throws StatusError 503 when no answer comes. */
export async function askRemote(
  reach: Reach,
  remote: RemoteServer,
  wanted: ProxyRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { target, stream } = await open(reach, remote, signal)
  return proxyExchange(target, withHost(wanted, target), stream)
}

/** The same for a request that is to leave HTTP. */
export async function upgradeRemote(
  reach: Reach,
  remote: RemoteServer,
  wanted: ProxyRequest,
  signal: AbortSignal,
) {
  const { target, stream } = await open(reach, remote, signal)
  return exchangeUpgrade(target, withHost(wanted, target), stream)
}

function withHost(wanted: ProxyRequest, { host, port }: ProxyTarget): ProxyRequest {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return { ...wanted, headers: { ...wanted.headers, host: authority } }
}
