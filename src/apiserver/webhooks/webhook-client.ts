import { posix } from 'node:path'
import type { AdmissionregistrationV1, ApiextensionsV1 } from '#api'
import { type Clock, linkedAbort, messageOf, type Random } from '#lib'
import { encodeJson } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { RequestSpan } from '../spans/request-span.ts'
import { AnswerError, decodedAnswer } from './answer.ts'
import { httpsPort, resolveService } from './resolve-place.ts'
import type { WebhookAnswer, WebhookCall, WebhookPlace, WebhookTransport } from './transport.ts'
import { bareHost, placeOfUrl } from './url-call.ts'

/** Where and how a webhook is called, as configurations of admission and definitions of kinds say it. */
type WebhookTarget =
  | AdmissionregistrationV1.WebhookClientConfig
  | ApiextensionsV1.WebhookClientConfig

/** Calls webhooks, until it is disposed of. */
export interface WebhookClient extends Disposable {
  /**
   * Posts an object as JSON and gives what is answered with a status of success, decoded.
   * Rejects with an Error in upstream's words, of which a StatusError is one where the webhook answered otherwise.
   */
  post(target: WebhookTarget, body: object, options: CallOptions): Promise<unknown>
}

interface CallOptions {
  readonly timeoutMs: number
  /** The work that the call is a part of. */
  readonly span?: RequestSpan | undefined
  readonly signal: AbortSignal
}

/** What calls are made with. */
export interface WebhookClientParts {
  readonly objects: ObjectReader
  readonly clock: Clock
  readonly random: Random
  readonly transport: WebhookTransport
}

/** Makes the client of webhooks; time limits are those of the clock. */
export function createWebhookClient(parts: WebhookClientParts): WebhookClient {
  const { clock, transport } = parts
  return {
    async post(target, body, { timeoutMs, signal, span }) {
      const { authority, path, serverName } = addressOf(target)
      const query = `timeout=${Math.ceil(timeoutMs / 1000)}s`
      const pathAndQuery = `${path}?${query}`
      using limit = linkedAbort(signal)
      using _ = clock.timer(timeoutMs, () => limit.abort(new Error('context deadline exceeded')))
      try {
        const place = placeOf(target, parts)
        const authorities = target.caBundle
          ? Buffer.from(target.caBundle, 'base64').toString('latin1')
          : undefined
        const call = { place, serverName, authorities, path: pathAndQuery, authority }
        const bytes = Buffer.from(encodeJson(body))
        const answer = await tracedCall(span, { ...call, body: bytes }, (traced) =>
          transport.post(traced, limit.signal),
        )
        return decodedAnswer(answer)
      } catch (error) {
        if (error instanceof AnswerError) throw error.cause
        throw new Error(`Post "https://${authority}${pathAndQuery}": ${messageOf(error)}`, {
          cause: error,
        })
      }
    },
    [Symbol.dispose]: () => transport[Symbol.dispose]?.(),
  }
}

/** A call is a piece of work of its own, by which the webhook may go on with the trace (upstream: `otelhttp`). */
async function tracedCall(
  within: RequestSpan | undefined,
  call: WebhookCall,
  send: (call: WebhookCall) => Promise<WebhookAnswer>,
): Promise<WebhookAnswer> {
  if (!within) return send(call)
  const url = `https://${call.authority}${call.path}`
  const { hostname, port } = new URL(url)
  const span = within.begin(
    'HTTP POST',
    {
      ...{ 'http.request.method': 'POST', 'url.full': url, 'server.address': hostname },
      ...(port !== '' && { 'server.port': Number(port) }),
    },
    'call',
  )
  try {
    const answer = await send({ ...call, headers: { ...call.headers, ...span.headers } })
    span.set({ 'http.response.status_code': answer.status })
    span.end(answer.status >= 400 ? '' : undefined)
    return answer
  } catch (error) {
    span.end(messageOf(error))
    throw error
  }
}

function addressOf({ url, service }: WebhookTarget) {
  if (service) {
    const { name, namespace, port = httpsPort, path = '' } = service
    const serverName = `${name}.${namespace}.svc`
    return { authority: `${serverName}:${port}`, path: cleanPath(path), serverName }
  }
  const { host, hostname, pathname } = new URL(url ?? '')
  return { authority: host, path: cleanPath(pathname), serverName: bareHost(hostname) }
}

function placeOf({ url, service }: WebhookTarget, parts: WebhookClientParts): WebhookPlace {
  if (service) return resolveService(service, parts)
  return placeOfUrl(url ?? '')
}

/** As Go's `path.Join` leaves it: without empty steps, and no slash at the end. */
function cleanPath(path: string): string {
  const joined = posix.join('/', path)
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined
}
