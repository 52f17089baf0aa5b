import type { MaybePromise } from '#lib'
import type { ApiRequest, UserInfo } from '#machinery'
import type { Authenticator } from '../authn/authenticator.ts'
import { identityHeaderTest } from '../authn/request-header.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { RequestAudit } from '../request/request-audit.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { RequestTrace } from '../request/request-trace.ts'
import { authenticate } from './authentication.ts'
import { authorizationAttributesOf, authorize } from './authorization.ts'
import { withBelievedCause } from './cause.ts'
import { impersonated } from './impersonation.ts'
import { asksToBeAnother } from './impersonation-headers.ts'

/** What the filters ask. */
export interface RequestFilters {
  readonly authenticators: readonly Authenticator[]
  readonly authorizer: Authorizer
  /** Headers by which somebody says who they are, which go no further; default: upstream's usual ones. */
  readonly isIdentityHeader?: ((name: string) => boolean) | undefined
}

/** A request that comes to the filters. */
interface Asked extends Pick<RequestContext, 'request' | 'info'> {
  /** Told as whom the request is made, before it is known whether they may. */
  readonly onIdentified?: (user: UserInfo) => void
  readonly audit?: RequestAudit | undefined
  readonly trace?: RequestTrace | undefined
}

/**
 * Passes a request through the filters that stand before every answer, connections included:
 * authentication, impersonation, authorization (upstream: `DefaultBuildHandlerChain`).
 * @throws StatusError 401 or 403.
 */
export async function filterRequest(
  filters: RequestFilters,
  asked: Asked,
  signal: AbortSignal,
): Promise<RequestContext> {
  const context = await identifyRequest(filters, asked, signal)
  asked.trace?.enter('authorization')
  await authorizeRequest(filters, context, signal)
  return context
}

/**
 * Finds out who asks, and as whom.
 * @throws StatusError 401, or 403 for who may not be the other.
 */
export async function identifyRequest(
  filters: RequestFilters,
  { request, info, onIdentified, audit, trace }: Asked,
  signal: AbortSignal,
): Promise<RequestContext> {
  const authenticated = request.user ?? (await whoAsks(filters, { request, info, audit }, signal))
  trace?.authenticated(info, authenticated)
  trace?.enter('audit')
  const received = audit?.authenticated(info, authenticated)
  // Most are not waited for, even for a moment.
  if (received instanceof Promise) await received
  const notes = audit?.notes
  trace?.enter('constrainedimpersonation')
  const user = asksToBeAnother(request)
    ? await impersonated(request, authenticated, (attributes) =>
        authorize(filters.authorizer, attributes, signal),
      )
    : authenticated
  if (user !== authenticated) notes?.impersonated(user)
  onIdentified?.(user)
  const kept = withoutIdentity(filters, request)
  const known = { request: withBelievedCause(kept, user), info, user, auditId: audit?.id ?? '' }
  return { ...known, warnings: [], audit: notes }
}

const byDefault = identityHeaderTest(undefined)

/** Who asks is known now: whoever is behind this server must not take what a client says for that. */
function withoutIdentity(
  { isIdentityHeader = byDefault }: RequestFilters,
  request: ApiRequest,
): ApiRequest {
  if (request.user && !request.isFromOutside) return request
  for (const named in request.headers) {
    if (!isIdentityHeader(named)) continue
    const kept = Object.entries(request.headers).filter(([name]) => !isIdentityHeader(name))
    return { ...request, headers: Object.fromEntries(kept) }
  }
  return request
}

async function whoAsks(
  { authenticators }: RequestFilters,
  { request, info, audit }: Asked,
  signal: AbortSignal,
): Promise<UserInfo> {
  try {
    return await authenticate(authenticators, request, signal)
  } catch (error) {
    audit?.unauthenticated(info)
    throw error
  }
}

/** Asks whether they may. @throws StatusError 403. */
export function authorizeRequest(
  filters: RequestFilters,
  { request, info, user, audit }: RequestContext,
  signal: AbortSignal,
): MaybePromise<void> {
  const attributes = authorizationAttributesOf(info, user, request.query)
  return authorize(filters.authorizer, attributes, signal, audit)
}
