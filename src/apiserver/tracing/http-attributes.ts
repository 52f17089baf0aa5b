import type { ApiRequest } from '#machinery'
import { parseIp } from '#machinery/validation'
import type { RequestInfo } from '../request/request-info.ts'
import type { SpanAttributes } from '../spans/request-span.ts'

/** What a request is called: its method, and which kind of path it is for (upstream: `getSpanNameFromRequestInfo`). */
export function requestSpanName({ method }: ApiRequest, info: RequestInfo): string {
  if (info.kind === 'path') return method
  const { group, version, namespace, resource, name, subresource } = info
  const steps = [
    group === '' ? 'api' : 'apis',
    group,
    version,
    namespace && 'namespaces/{:namespace}',
    resource,
    name && '{:name}',
    subresource,
  ]
  return `${method} /${steps.filter(Boolean).join('/')}`
}

/** What OpenTelemetry's conventions say of a request that a server gets (upstream: `otelhttp`). */
export function requestAttributes(request: ApiRequest, auditId: string): SpanAttributes {
  const { method, path, query, uri, headers, remoteAddress = '' } = request
  const server = split(headers.host ?? '')
  const peer = split(remoteAddress)
  const agent = headers['user-agent'] ?? ''
  const client = (headers['x-forwarded-for'] ?? '').split(',')[0]?.trim() || peer.host
  const target = uri ?? (query.size > 0 ? `${path}?${query}` : path)
  return {
    'server.address': server.host,
    'http.request.method': method,
    'url.scheme': 'https',
    ...(server.port !== undefined && { 'server.port': server.port }),
    ...(peer.host !== '' && { 'network.peer.address': peer.host }),
    ...(peer.port !== undefined && { 'network.peer.port': peer.port }),
    ...(agent !== '' && { 'user_agent.original': agent }),
    ...(client !== '' && { 'client.address': client }),
    'url.path': path,
    'http.target': target,
    'audit-id': auditId,
  }
}

/** What is known of a request at a resource by those who carry it out (upstream: `traceFields`). */
export function resourceAttributes(
  { path, headers, remoteAddress = '' }: ApiRequest,
  info: Extract<RequestInfo, { readonly kind: 'resource' }>,
  auditId: string,
): SpanAttributes {
  const { group, version, name, subresource, namespace, resource, verb } = info
  return {
    accept: headers.accept ?? '',
    'audit-id': auditId,
    client: split(remoteAddress).host || 'unknown',
    'api-group': group,
    'api-version': version,
    name,
    subresource,
    namespace,
    resource,
    scope: scopeOfInfo(namespace, name, verb),
    url: path,
    'user-agent': (headers['user-agent'] ?? 'unknown').slice(0, maxAgent),
    verb: verb.toUpperCase(),
  }
}

const maxAgent = 1024

/** As metrics name it (upstream: `CleanScope`). */
function scopeOfInfo(namespace: string, name: string, verb: string): string {
  if (name !== '' || verb === 'create') return 'resource'
  return namespace === '' ? 'cluster' : 'namespace'
}

function split(address: string): { readonly host: string; readonly port: number | undefined } {
  const match = /^(.*):(\d+)$/.exec(address)
  const isWhole = !match || parseIp(address) !== undefined
  const host = (isWhole ? address : (match[1] ?? '')).replace(/^\[(.*)\]$/, '$1')
  return { host, port: isWhole ? undefined : Number(match[2]) }
}
