import type { Clock } from '#lib'
import type { DialHttpRequest, HttpAnswer, HttpOutcome } from '../model/dialer.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { exchangeHttp } from './http-exchange.ts'
import { urlError } from './http-words.ts'

/** As many as Go's client follows. */
const redirectLimit = 10

/** One request and its answer, within a time limit. */
export type HttpExchange = (request: DialHttpRequest, deadline: Deadline) => Promise<HttpOutcome>

/** Sends a request over a real connection and follows its redirects. */
export function dialHttp(
  clock: Clock,
  first: DialHttpRequest,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  return followRedirects({ clock, first, exchange: exchangeHttp }, signal)
}

export interface Following {
  readonly clock: Clock
  readonly first: DialHttpRequest
  readonly exchange: HttpExchange
}

/** Sends a request and follows its redirects, all within one time limit. */
export async function followRedirects(
  { clock, first, exchange: ask }: Following,
  signal: AbortSignal,
): Promise<HttpOutcome> {
  signal.throwIfAborted()
  using deadline = startDeadline(clock, first.timeoutMs, signal)
  let request = first
  for (let followed = 0; ; followed++) {
    const outcome = await ask(request, deadline)
    signal.throwIfAborted()
    const next = outcome.kind === 'answered' ? redirectOf(request, outcome) : undefined
    if (next === undefined) return outcome
    if (first.redirects === 'sameHost' && next.host !== first.host) return outcome
    if (followed + 1 >= redirectLimit) {
      const message = urlError(next, `stopped after ${redirectLimit} redirects`)
      return { kind: 'failed', stage: 'headers', message }
    }
    request = next
  }
}

/** The request that a redirect asks for; `undefined` when the answer is final. */
export function redirectOf(
  request: DialHttpRequest,
  answer: HttpAnswer,
): DialHttpRequest | undefined {
  const location = answer.headers.find(([name]) => name === 'location')?.[1]
  if (!location || ![301, 302, 303, 307, 308].includes(answer.status)) return undefined
  const authority = request.host.includes(':') ? `[${request.host}]` : request.host
  const base = `${request.scheme}://${authority}:${request.port}${request.path}`
  const url = URL.parse(location, base)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  const keepsMethod = answer.status === 307 || answer.status === 308 || request.method === 'HEAD'
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    ...request,
    scheme,
    host,
    port: Number(url.port || (scheme === 'https' ? 443 : 80)),
    path: `${url.pathname}${url.search}`,
    method: keepsMethod ? request.method : 'GET',
    // A Host header named the first host only.
    headers:
      host === request.host
        ? request.headers
        : request.headers.filter(([name]) => name.toLowerCase() !== 'host'),
  }
}
