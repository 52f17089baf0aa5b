import type { NetworkRequest, NetworkResponse } from '../../model/fabric.ts'
import { bytesOf } from '../../process/bytes.ts'
import type { Memo } from '../program/program.ts'

export type ServedRequest = NetworkRequest & { readonly protocol: 'http' }
/** Gives the answer to a request. */
export type Give = (response: NetworkResponse) => void

/** The answer to a request, or the work that gives it later. */
export type ServedAnswer = NetworkResponse | ((give: Give) => void)

export function deliver(answer: ServedAnswer, give: Give): void {
  if (typeof answer === 'function') answer(give)
  else give(answer)
}

/** The path of a request, without its query. */
export function requestPath({ path }: ServedRequest): string {
  return path.split('?')[0] ?? ''
}

/** The parameters of a request's query. */
export function queryOf({ path }: ServedRequest): URLSearchParams {
  return new URLSearchParams(path.split(/\?(.*)/s)[1] ?? '')
}

/** What Go takes for a page, where nobody says of what type an answer is. */
const page =
  /^[\t\n\f\r ]*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[ >]/i

/** An answer of a text, with the type that Go's servers find out. */
export function textAnswer(body: string, status = 200): NetworkResponse {
  return typed(`text/${page.test(body) ? 'html' : 'plain'}; charset=utf-8`, body, status)
}

/** What Go's `http.Error` answers. */
export function failure(status: number, why: string): NetworkResponse {
  const { headers, ...rest } = typed('text/plain; charset=utf-8', `${why}\n`, status)
  return { ...rest, headers: [...headers, ['X-Content-Type-Options', 'nosniff']] }
}

export function typed(type: string, body: string, status = 200): NetworkResponse {
  const bytes = bytesOf(body)
  return { status, headers: bytes.length === 0 ? [] : [['Content-Type', type]], body: bytes }
}

/** What Go's `http.Redirect` answers to a GET. */
export function redirect(location: string, status = 302): NetworkResponse {
  const reason = status === 301 ? 'Moved Permanently' : 'Found'
  const escaped = location.replaceAll('&', '&amp;').replaceAll('"', '&#34;')
  const answer = typed(
    'text/html; charset=utf-8',
    `<a href="${escaped}">${reason}</a>.\n\n`,
    status,
  )
  return { ...answer, headers: [['Location', location], ...answer.headers] }
}

/** What Go's multiplexer answers on a path that it does not know. */
export const notFoundAnswer = (): NetworkResponse => failure(404, '404 page not found')

/** The client's own port. Connections are not told apart, so one stands for all. */
const ephemeralPort = 40_000

/** `10.244.0.5:40000`. */
export function remoteAddress({ fromIp }: { readonly fromIp: string }): string {
  return fromIp.includes(':') ? `[${fromIp}]:${ephemeralPort}` : `${fromIp}:${ephemeralPort}`
}

/** The value of a header of a request. */
export function headerOf({ headers }: ServedRequest, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1] ?? ''
}

/** A list that a memo holds. */
export function listIn<T>(memo: Memo, name: string): T[] {
  memo[name] ??= []
  // Cast: whoever names a list of its own memo knows what it holds.
  return memo[name] as T[]
}
