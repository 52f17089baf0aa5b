import type { IncomingMessage } from 'node:http'
import { type Duplex, pipeline, Readable } from 'node:stream'
import { createDeflateRaw, createGunzip, createGzip, createInflateRaw } from 'node:zlib'
import { nodes } from '#api'
import type { ByteStream, Random } from '#lib'
import {
  type ApiRequest,
  type ApiResponse,
  encodeJson,
  type NodeConnector,
  type ObjectKey,
} from '#machinery'
import { notFound, serviceUnavailable } from '#machinery/status'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { Connection } from '../request/connection.ts'
import type { RequestScope } from '../request/resource-request.ts'
import { exchangeUpgrade, proxyExchange } from './exchange.ts'
import { isOwnHeader } from './hop-headers.ts'
import { rewriteLinks } from './html-links.ts'
import { type ProxiedPlace, rewriteUrl } from './rewrite-url.ts'
import { type ProxyTarget, podTarget, proxyNameOf, serviceTarget } from './target.ts'

/** What may be reached by a proxy, of the cluster or of a namespace. */
const proxiedKinds = new Set(['nodes', 'pods', 'services'])

/** A request to go on to what it names, and what it takes to find and reach that. */
export interface ProxyScope {
  readonly request: ApiRequest
  readonly plural: string
  readonly namespace: string
  readonly name: string
  readonly objects: ObjectReader
  readonly nodes: NodeConnector
  readonly random: Random
  readonly signal: AbortSignal
}

/** `nodes/proxy`, `pods/proxy` and `services/proxy`: the request goes on to what they name. */
export async function proxyRequest(scope: RequestScope): Promise<ApiResponse> {
  const { request, world, stored, namespace, name, signal } = scope
  const { objects, nodes: connector, random } = world
  const parts = { request, plural: stored.plural, namespace, name, signal }
  const reached = await reach({ ...parts, objects, nodes: connector, random })
  if (reached.kind === 'answer') return reached.response
  const { target, path, stream } = reached
  const headers = forwarded(request, reached)
  const wanted = { method: request.method, path, headers, body: bodyOf(request) }
  return answerOf(await proxyExchange(target, wanted, stream), reached)
}

/** The same for a request that is to leave HTTP, if the other end does so as well. */
export async function proxyUpgrade(scope: ProxyScope): Promise<Connection> {
  const { request } = scope
  const reached = await reach(scope)
  if (reached.kind === 'answer') return { kind: 'response', response: reached.response }
  const { target, path, stream } = reached
  const { upgrade = '' } = request.headers
  const headers = { ...forwarded(request, reached), connection: 'Upgrade', upgrade }
  const wanted = { method: request.method, path, headers, body: undefined }
  const found = await exchangeUpgrade(target, wanted, stream)
  if (found.kind === 'upgraded') return found
  return { kind: 'response', response: answerOf(found.incoming, reached) }
}

/** Whether a path leads through a proxy. */
export function isProxied(path: string): boolean {
  return splitProxyPath(path) !== undefined
}

/** What follows the object in a path, as it came, and what precedes it; undefined for other paths. */
function splitProxyPath(
  path: string,
): { readonly prefix: string; readonly rest: string | undefined } | undefined {
  const parts = path.split('/', 8)
  const at = parts[3] === 'namespaces' ? 5 : 3
  const [kind = '', name = '', proxy = ''] = parts.slice(at)
  const isNamed = name !== '' && (at === 3 || parts[4] !== '')
  if (!path.startsWith('/api/v1/') || !proxiedKinds.has(kind) || !isNamed || proxy !== 'proxy') {
    return undefined
  }
  const prefix = parts.slice(0, at + 3).join('/')
  return { prefix, rest: path.length > prefix.length ? path.slice(prefix.length) : undefined }
}

type Reached = { readonly kind: 'answer'; readonly response: ApiResponse } | OpenExchange

interface OpenExchange extends ProxiedPlace {
  readonly kind: 'open'
  /** With its query. */
  readonly path: string
  readonly stream: ByteStream
}

/** A connection to what a request names, or what there is to say without one. */
async function reach(scope: ProxyScope): Promise<Reached> {
  const { request, plural, namespace, name, objects, random, signal } = scope
  const { prefix, rest } = splitProxyPath(request.path) ?? { prefix: request.path, rest: undefined }
  const query = request.query.size > 0 ? `?${request.query}` : ''
  // Without the slash, relative links of a page would lead out of the proxy; what is no page goes on.
  if (rest === undefined && (request.method === 'GET' || request.method === 'HEAD')) {
    return { kind: 'answer', response: moved(`${prefix}/${query}`) }
  }
  const path = `${rest ?? '/'}${query}`
  if (plural === nodes.plural) return { kind: 'answer', response: await kubeletAnswer(scope, path) }
  const key: ObjectKey = { namespace, name }
  const target =
    plural === 'services' ? serviceTarget(objects, key, random) : podTarget(objects, key)
  const node = await scope.nodes(nearest(scope, target), signal)
  const stream = await node.connect({ host: target.host, port: target.port }, signal)
  signal.addEventListener('abort', () => stream.close(), { once: true })
  return { kind: 'open', target, prefix, requestHost: hostOf(request), path, stream }
}

function moved(location: string): ApiResponse {
  return { status: 301, headers: { location }, body: { kind: 'none' } }
}

async function kubeletAnswer(scope: ProxyScope, path: string): Promise<ApiResponse> {
  const { name } = proxyNameOf(scope.name, 'node')
  if (!scope.objects.get(nodes, { name })) throw notFound(nodes, name)
  const node = await scope.nodes(name, scope.signal)
  const { status, contentType, body } = await node.request(path, scope.signal)
  return { status, headers: {}, body: { kind: 'bytes', contentType, bytes: body } }
}

/** The node that the target is on; for addresses outside of the cluster, any that there is. */
function nearest({ objects }: ProxyScope, { nodeName }: ProxyTarget): string {
  const name = nodeName ?? objects.list(nodes)[0]?.metadata.name
  if (!name) throw serviceUnavailable('error trying to reach service: there is no node')
  return name
}

function hostOf({ headers }: ApiRequest): string | undefined {
  return headers.host ?? headers[':authority']
}

/** As upstream's proxy does: the host that the client asked, and the path that it asked it for. */
function forwarded(
  { headers, remoteAddress }: ApiRequest,
  { target: { host, port }, prefix, path, requestHost }: OpenExchange,
): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(
    ([name]) => !isOwnHeader(name) && !name.startsWith(':') && !name.startsWith('impersonate-'),
  )
  const client = remoteAddress?.replace(/:\d+$/, '')
  const clients = [headers['x-forwarded-for'], client].filter(Boolean).join(', ')
  return {
    ...Object.fromEntries(kept),
    host: requestHost ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`),
    'x-forwarded-uri': `${prefix}${path.split('?')[0]}`,
    ...(clients !== '' && { 'x-forwarded-for': clients }),
  }
}

function bodyOf({ body }: ApiRequest): Uint8Array | undefined {
  if (!body) return undefined
  return body.kind === 'bytes' ? body.bytes : Buffer.from(encodeJson(body.value))
}

/** What a pod allows pages of other origins, it does not allow them to the server of the API. */
const originHeaders: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
])

/** The answer with its redirect, or the links of its page, leading through the proxy. */
function answerOf(incoming: IncomingMessage, place: ProxiedPlace): ApiResponse {
  const { location, 'content-type': contentType = 'application/octet-stream' } = incoming.headers
  const kept = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || isOwnHeader(name) || originHeaders.has(name) || name === 'content-type'
      ? []
      : [[name, [value].flat().join(', ')]],
  )
  const headers = {
    ...Object.fromEntries(kept),
    ...(location !== undefined && { location: rewriteUrl(location, place) }),
  }
  const isPage = !location && contentType.split(';')[0]?.trim() === 'text/html'
  const chunks = isPage ? linked(incoming, (url) => rewriteUrl(url, place)) : incoming
  return {
    status: incoming.statusCode ?? 502,
    headers,
    body: { kind: 'stream', contentType, chunks },
  }
}

/** A page in an encoding that is not known keeps its links. */
function linked(
  incoming: IncomingMessage,
  rewrite: (url: string) => string,
): AsyncIterable<Uint8Array> {
  const { 'content-encoding': encoding = '' } = incoming.headers
  if (encoding === '') return rewriteLinks(incoming, rewrite)
  const coder = coders[encoding]
  if (!coder) return incoming
  const page = rewriteLinks(pipeline(incoming, coder.decode(), noCallback), rewrite)
  return pipeline(Readable.from(page), coder.encode(), noCallback)
}

const coders: Readonly<Record<string, { decode(): Duplex; encode(): Duplex }>> = {
  gzip: { decode: createGunzip, encode: createGzip },
  deflate: { decode: createInflateRaw, encode: createDeflateRaw },
}

/** Who reads the end of a pipeline is told of what breaks it. */
function noCallback(): void {}
