import { cutText, ownText } from '#lib'
import type { Cause } from '#machinery'
import type { StatusError } from '#machinery/status'
import type { RequestContext } from './request-context.ts'
import type { ResourceInfo } from './request-info.ts'

/** What the event log keeps of a request that was refused; nothing of its body. */
export interface RefusedRequest {
  readonly wallMs: number
  /** The user that asked; empty where nobody knows. */
  readonly user: string
  readonly verb: ResourceInfo['verb']
  /** `deployments.apps`, with the subresource that was asked for: `pods/eviction`. */
  readonly resource: string
  /** `namespace/name`; what is not known of it is left out. */
  readonly key: string
  /** 403, 409, 422 or 429. */
  readonly code: number
  /** `Forbidden` */
  readonly reason: string
  readonly message: string
  /** Why it was asked for; absent where the client did not say. */
  readonly cause?: Cause
}

/** Takes every request that was refused, in the order of the answers. */
export type RefusalLog = (refused: RefusedRequest) => void

/** What is refused because of who asks or of what there is, and not because it was malformed. */
const loggedCodes: ReadonlySet<number> = new Set([403, 409, 422, 429])

/** What is asked about these may be a secret that a message quotes. */
const secretResources: ReadonlySet<string> = new Set(['secrets', 'tokenreviews'])

/** The most of a message that is kept. */
const maxMessage = 400
/** The most of what the client names, which is longer than any name that could be right. */
const maxNamed = 600

/** Makes what the log keeps of a refusal; undefined for answers that it does not keep. */
export function refusedRequest(
  error: StatusError,
  info: ResourceInfo,
  { request, user, wallMs }: Pick<RequestContext, 'request'> & { user: string; wallMs: number },
): RefusedRequest | undefined {
  if (!loggedCodes.has(error.code)) return undefined
  const { group, resource, subresource, namespace, verb } = info
  const name = info.name || error.details?.name || ''
  const of = group === '' ? resource : `${resource}.${group}`
  const isNamespace = resource === 'namespaces' && group === ''
  return {
    wallMs,
    user: cutText(user, maxNamed),
    verb,
    resource: cutText(subresource === '' ? of : `${of}/${subresource}`, maxNamed),
    key: cutText([isNamespace ? '' : namespace, name].filter(Boolean).join('/'), maxNamed),
    code: error.code,
    reason: error.reason,
    message: secretResources.has(resource) ? '' : briefMessage(error.message),
    ...(request.cause ? { cause: request.cause } : {}),
  }
}

/** Cuts a message to a line, without the objects that validation quotes from the body. */
function briefMessage(message: string): string {
  // The whole of it may be megabytes, none of which is looked at or kept.
  const line = ownText(message.slice(0, 4 * maxMessage)).replaceAll(/\s+/g, ' ')
  const quoted = line.search(/Invalid value: (?:\{|\[|map\[|"\{)/)
  const text = quoted < 0 ? line : `${line.slice(0, quoted)}Invalid value: …`
  return cutText(message.length > 4 * maxMessage ? `${text}…` : text, maxMessage)
}
