import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { ApiRequest } from '#machinery'
import { badRequest } from '#machinery/status'
import type { ClientProof } from './client-certificate.ts'

export type HttpRequest = IncomingMessage | Http2ServerRequest

/** A request as the API sees it, apart from its body. @throws StatusError 400 for a bad URL. */
export function apiRequestOf(
  request: HttpRequest,
  proofOf: (socket: object) => ClientProof,
): ApiRequest {
  const target = request.url ?? '/'
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  if (!path.startsWith('/')) throw badRequest(`the request's path must begin with a slash: ${path}`)
  const { remoteAddress, remotePort } = request.socket
  return {
    method: (request.method ?? 'GET') as ApiRequest['method'],
    path,
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    uri: target,
    headers: plainHeaders(request.headers),
    ...repeatedValues(request.rawHeaders),
    ...proofOf(request.socket),
    ...(remoteAddress && { remoteAddress: `${remoteAddress}:${remotePort}` }),
  }
}

function plainHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue
    plain[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return plain
}

/** Values may have commas in them: how those of a header came that came more than once is kept. */
function repeatedValues(raw: readonly string[]): Pick<ApiRequest, 'headerValues'> {
  const values = new Map<string, string[]>()
  let isRepeated = false
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]]
    const key = name.toLowerCase()
    const held = values.get(key)
    if (held) held.push(value)
    else values.set(key, [value])
    isRepeated ||= held !== undefined
  }
  if (!isRepeated) return {}
  return { headerValues: Object.fromEntries([...values].filter(([, { length }]) => length > 1)) }
}
