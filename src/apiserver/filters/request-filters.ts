import type { MaybePromise } from '#lib'
import type { UserInfo } from '#machinery'
import type { Authenticator } from '../authn/authenticator.ts'
import type { Authorizer } from '../authz/authorizer.ts'
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
  { request, info, onIdentified }: Asked,
  signal: AbortSignal,
): Promise<RequestContext> {
  const authenticated =
    request.user ?? (await authenticate(filters.authenticators, request, signal))
  const user = asksToBeAnother(request)
    ? await impersonated(request, authenticated, (attributes) =>
        authorize(filters.authorizer, attributes, signal),
      )
    : authenticated
  onIdentified?.(user)
  return { request: withBelievedCause(request, user), info, user, warnings: [] }
}

/** Asks whether they may. @throws StatusError 403. */
export function authorizeRequest(
  filters: RequestFilters,
  { request, info, user }: RequestContext,
  signal: AbortSignal,
): MaybePromise<void> {
  const attributes = authorizationAttributesOf(info, user, request.query)
  return authorize(filters.authorizer, attributes, signal)
}
