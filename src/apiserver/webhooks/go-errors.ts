import { messageOf } from '#lib'
import type { WebhookPlace } from './transport.ts'

const untrusted: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])

const verifying = 'tls: failed to verify certificate: x509:'

/** Why no connection could be opened, in the words of Go's dialer. */
export function dialFailure(error: unknown, place: WebhookPlace): Error {
  const { code, hostname, address, port } = detailsOf(error)
  const dialed =
    place.kind === 'endpoint' ? place.dialed : hostPort(address ?? place.host, port ?? place.port)
  const why = dialWords(code, messageOf(error))
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return goError(`dial tcp: lookup ${hostname ?? place.host}: no such host`, error)
  }
  return goError(`dial tcp ${dialed}: ${why}`, error)
}

function dialWords(code: string | undefined, message: string): string {
  if (code === 'ECONNREFUSED' || message.includes('connection refused')) {
    return 'connect: connection refused'
  }
  if (code === 'EHOSTUNREACH' || message.includes('no route to host')) {
    return 'connect: no route to host'
  }
  if (code === 'ETIMEDOUT' || message.includes('i/o timeout')) return 'i/o timeout'
  return message
}

/** What broke an exchange over a connection that is open, in the words of Go. */
export function exchangeFailure(error: unknown): Error {
  const { code, reason, host, cert } = detailsOf(error)
  if (code !== undefined && untrusted.has(code)) {
    return goError(`${verifying} certificate signed by unknown authority`, error)
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return goError(`${verifying} certificate has expired or is not yet valid`, error)
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return goError(`${verifying} ${wrongName(host ?? '', cert?.subjectaltname ?? '')}`, error)
  }
  if (code === 'ECONNRESET' || reason === 'socket hang up') return goError('EOF', error)
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return goError('http: server gave HTTP response to HTTPS client', error)
  }
  return goError(messageOf(error), error)
}

function wrongName(host: string, alternatives: string): string {
  const named = (kind: string) =>
    alternatives
      .split(', ')
      .filter((each) => each.startsWith(`${kind}:`))
      .map((each) => each.slice(kind.length + 1))
  const isAddress = /^[\d.]+$|:/.test(host)
  const names = named(isAddress ? 'IP Address' : 'DNS')
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${host}`
  return isAddress
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}

/** `10.0.0.1:443`, `[::1]:443` */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

interface Details {
  readonly code?: string
  readonly reason?: string
  readonly hostname?: string
  readonly address?: string
  readonly port?: number
  readonly host?: string
  readonly cert?: { readonly subjectaltname?: string }
}

/** What Node puts on its errors; several attempts at one name make one error of many. */
function detailsOf(error: unknown): Details {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return detailsOf(error.errors[0])
  }
  // Cast: every member is optional, and errors of Node have them so.
  return error instanceof Error ? (error as Details) : {}
}

function goError(message: string, cause: unknown): Error {
  return new Error(message, { cause })
}
