import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { ApiRequest } from '#machinery'
import { badRequest } from '#machinery/status'

export type HttpRequest = IncomingMessage | Http2ServerRequest

/** A request as the API sees it, apart from its body. @throws StatusError 400 for a bad URL. */
export function apiRequestOf(request: HttpRequest): ApiRequest {
  const target = request.url ?? '/'
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  if (!path.startsWith('/')) throw badRequest(`the request's path must begin with a slash: ${path}`)
  const clientCertificate = certificateOf(request.socket)
  const { remoteAddress, remotePort } = request.socket
  return {
    method: (request.method ?? 'GET') as ApiRequest['method'],
    path,
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    uri: target,
    headers: plainHeaders(request.headers),
    ...repeatedValues(request.rawHeaders),
    ...(clientCertificate && { clientCertificate }),
    ...(remoteAddress && { remoteAddress: `${remoteAddress}:${remotePort}` }),
  }
}

/** The subject that TLS has proved; nothing for a certificate that another authority has signed. */
function certificateOf(socket: unknown): ApiRequest['clientCertificate'] {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>
  if (!authorized || !getPeerCertificate) return undefined
  // Cast: what this server accepts comes over TLS.
  const { subject } = (socket as TLSSocket).getPeerCertificate()
  if (!subject) return undefined
  return { commonName: first(subject.CN) ?? '', organizations: all(subject.O) }
}

type Names = string | readonly string[] | undefined

function all(names: Names): readonly string[] {
  if (names === undefined) return []
  return typeof names === 'string' ? [names] : names
}

function first(names: Names): string | undefined {
  return all(names)[0]
}

function plainHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue
    plain[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return plain
}

const listHeader = /^impersonate-(?:group$|extra-)/i

/** Groups and extra values of an impersonation may have commas in them: how they came is kept. */
function repeatedValues(raw: readonly string[]): Pick<ApiRequest, 'headerValues'> {
  const values: Record<string, string[]> = {}
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]]
    if (!listHeader.test(name)) continue
    const key = name.toLowerCase()
    values[key] ??= []
    values[key].push(value)
  }
  const isRepeated = Object.values(values).some(({ length }) => length > 1)
  return isRepeated ? { headerValues: values } : {}
}
