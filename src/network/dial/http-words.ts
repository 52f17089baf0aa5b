import type { DialHttpRequest } from '../model/dialer.ts'
import { joinHostPort } from './go-errors.ts'

/** What Go says when the answer does not begin in time. */
export const headersTimeout =
  'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'

/** The request's address as Go prints it. */
function urlOf(request: DialHttpRequest): string {
  return `${request.scheme}://${joinHostPort(request)}${request.path}`
}

/** How Go's HTTP client wraps what went wrong: `Get "http://10.0.0.3:80/": EOF`. */
export function urlError(request: DialHttpRequest, reason: string): string {
  const verb = request.method.charAt(0) + request.method.slice(1).toLowerCase()
  return `${verb} ${JSON.stringify(urlOf(request))}: ${reason}`
}

/** What Go says of an answer that is not HTTP. */
export function malformedText(packet: Buffer | undefined): string {
  const line = packet?.toString('latin1').split(/\r?\n/, 1)[0] ?? ''
  const broken = 'net/http: HTTP/1.x transport connection broken'
  return `${broken}: malformed HTTP response ${JSON.stringify(line)}`
}
