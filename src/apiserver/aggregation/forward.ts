import type { IncomingMessage } from 'node:http'
import { type ApiRequest, type ApiResponse, encodeJson, type UserInfo } from '#machinery'
import type { ProxyRequest } from '../proxy/exchange.ts'
import { isOwnHeader } from '../proxy/hop-headers.ts'
import type { Connection } from '../request/connection.ts'
import type { RequestContext } from '../request/request-context.ts'
import { type SpanAttributes, withSpan } from '../spans/request-span.ts'
import { askRemote, type Reach, type RemoteServer, upgradeRemote } from './exchange.ts'
import { type ForwardedHeaders, identityHeaders, isIdentityHeader } from './identity-headers.ts'
import { inProcessBody } from './in-process-body.ts'

/** A request that this server has let pass, and who serves it. */
type Forwarded = Pick<RequestContext, 'request' | 'user' | 'auditId' | 'span'>

/** Sends a request on to the server of its group version, in the name of its user. */
export async function forwardRequest(
  reach: Reach,
  remote: RemoteServer,
  { request, user, auditId, span }: Forwarded,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const call = span?.begin(`HTTP ${request.method}`, callAttributes(request, remote), 'call')
  const incoming = await withSpan(call, async () => {
    const headers = headersOf(request, { ...ownHeaders(user, auditId), ...call?.headers })
    const answer = await askRemote(reach, remote, requestOf(request, headers), signal)
    call?.set({ 'http.response.status_code': answer.statusCode ?? 0 })
    return answer
  })
  const isInProcess = request.user !== undefined && !request.isFromOutside
  return isInProcess
    ? { ...headOf(incoming), body: await inProcessBody(request, incoming) }
    : answerOf(incoming)
}

/** As whom a request is made, and what it is known by in the audit of both servers. */
function ownHeaders(user: UserInfo, auditId: string): ForwardedHeaders {
  return { ...identityHeaders(user), ...(auditId !== '' && { 'audit-id': auditId }) }
}

function callAttributes({ method, path }: ApiRequest, { place }: RemoteServer): SpanAttributes {
  const server = `${place.name}.${place.namespace}.svc`
  return {
    'http.request.method': method,
    'url.full': `https://${server}${path}`,
    'server.address': server,
  }
}

/** The same for a request that is to leave HTTP, if the other server does so as well. */
export async function forwardUpgrade(
  reach: Reach,
  remote: RemoteServer,
  { request, user, auditId }: Forwarded,
  signal: AbortSignal,
): Promise<Connection> {
  const { upgrade = '' } = request.headers
  const own = { ...ownHeaders(user, auditId), connection: 'Upgrade', upgrade }
  const wanted = requestOf(request, headersOf(request, own))
  const found = await upgradeRemote(reach, remote, wanted, signal)
  if (found.kind === 'upgraded') return found
  return { kind: 'response', response: answerOf(found.incoming) }
}

/** 503 as upstream's aggregator says it, with a text that is no Status. */
export function serviceAway(text = 'service unavailable'): ApiResponse {
  const bytes = Buffer.from(`${text}\n`)
  const contentType = 'text/plain; charset=utf-8'
  const headers = { 'x-content-type-options': 'nosniff' }
  return { status: 503, headers, body: { kind: 'bytes', contentType, bytes } }
}

function requestOf({ method, path, query, body }: ApiRequest, headers: ForwardedHeaders) {
  const search = query.size > 0 ? `?${query}` : ''
  const bytes = body?.kind === 'value' ? Buffer.from(encodeJson(body.value)) : body?.bytes
  return { method, path: `${path}${search}`, headers, body: bytes } satisfies ProxyRequest
}

function headersOf(
  { headers, remoteAddress, path }: ApiRequest,
  own: ForwardedHeaders,
): ForwardedHeaders {
  const kept = Object.entries(headers).filter(
    ([name]) =>
      !isOwnHeader(name) &&
      !name.startsWith(':') &&
      !name.startsWith('impersonate-') &&
      !isIdentityHeader(name),
  )
  const client = remoteAddress?.replace(/:\d+$/, '')
  const clients = [headers['x-forwarded-for'], client].filter(Boolean).join(', ')
  return {
    ...Object.fromEntries(kept),
    'x-forwarded-uri': path,
    ...(clients !== '' && { 'x-forwarded-for': clients }),
    ...own,
  }
}

function headOf(incoming: IncomingMessage): Pick<ApiResponse, 'status' | 'headers'> {
  const kept = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || isOwnHeader(name) || name === 'content-type'
      ? []
      : [[name, [value].flat().join(', ')]],
  )
  return { status: incoming.statusCode ?? 502, headers: Object.fromEntries(kept) }
}

function answerOf(incoming: IncomingMessage): ApiResponse {
  const { 'content-type': contentType = 'application/octet-stream' } = incoming.headers
  return { ...headOf(incoming), body: { kind: 'stream', contentType, chunks: incoming } }
}
