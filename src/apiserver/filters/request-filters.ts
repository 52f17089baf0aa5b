import type { MaybePromise } from '#lib'
import type { UserInfo } from '#machinery'
import type { Authenticator } from '../authn/authenticator.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { RequestAudit } from '../request/request-audit.ts'
import type { RequestContext } from '../request/request-context.ts'
import { authenticate } from './authentication.ts'
import { authorizationAttributesOf, authorize } from './authorization.ts'
import { withBelievedCause } from './cause.ts'
import { impersonated } from './impersonation.ts'
import { asksToBeAnother } from './impersonation-headers.ts'

/** What the filters ask. */
export interface RequestFilters {
  readonly authenticators: readonly Authenticator[]
  readonly authorizer: Authorizer
}

/** A request that comes to the filters. */
interface Asked extends Pick<RequestContext, 'request' | 'info'> {
  /** Told as whom the request is made, before it is known whether they may. */
  readonly onIdentified?: (user: UserInfo) => void
  readonly audit?: RequestAudit | undefined
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
  await authorizeRequest(filters, context, signal)
  return context
}

/**
 * Finds out who asks, and as whom.
 * @throws StatusError 401, or 403 for who may not be the other.
 */
export async function identifyRequest(
  filters: RequestFilters,
  { request, info, onIdentified, audit }: Asked,
  signal: AbortSignal,
): Promise<RequestContext> {
  const authenticated = request.user ?? (await whoAsks(filters, { request, info, audit }, signal))
  const received = audit?.authenticated(info, authenticated)
  // Most are not waited for, even for a moment.
  if (received instanceof Promise) await received
  const notes = audit?.notes
  const user = asksToBeAnother(request)
    ? await impersonated(request, authenticated, (attributes) =>
        authorize(filters.authorizer, attributes, signal),
      )
    : authenticated
  if (user !== authenticated) notes?.impersonated(user)
  onIdentified?.(user)
  return { request: withBelievedCause(request, user), info, user, warnings: [], audit: notes }
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
