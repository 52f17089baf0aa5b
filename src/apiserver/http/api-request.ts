import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { ApiRequest } from '#machinery'
import { badRequest, requestEntityTooLarge } from '#machinery/status'

export type HttpRequest = IncomingMessage | Http2ServerRequest

/** Upstream's limit for the body of a request. */
export const maxBodyBytes = 3 * 1024 * 1024

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
    headers: plainHeaders(request.headers),
    ...(clientCertificate && { clientCertificate }),
    ...(remoteAddress && { remoteAddress: `${remoteAddress}:${remotePort}` }),
  }
}

/** The whole body; none when it is empty. @throws StatusError 413 once it is longer than allowed. */
export async function readBody(
  request: HttpRequest,
  limitBytes = maxBodyBytes,
): Promise<Uint8Array | undefined> {
  const tooLarge = () => requestEntityTooLarge(`limit is ${limitBytes}`)
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge()
  const parts: Buffer[] = []
  let length = 0
  // Leaving early must not destroy the connection: the refusal still has to reach the client.
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += part.length
    if (length > limitBytes) throw tooLarge()
    parts.push(part)
  }
  return length === 0 ? undefined : Buffer.concat(parts, length)
}

/** What may follow a refused body before its sender is cut off. */
const discardedBytes = 64 * 1024 * 1024

/** Reads what is left of a body into nothing, so that its sender comes to read the answer. */
export function discardBody(request: HttpRequest): void {
  if (request.complete || request.destroyed) return
  let left = discardedBytes
  request.on('data', (part: Buffer) => {
    left -= part.length
    if (left < 0) request.destroy()
  })
}

/** The subject that TLS has proved; nothing for a certificate that another authority has signed. */
function certificateOf(socket: unknown): ApiRequest['clientCertificate'] {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>
  if (!authorized || !getPeerCertificate) return undefined
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
