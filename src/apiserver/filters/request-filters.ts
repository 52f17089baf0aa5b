import type { Authenticator } from '../authn/authenticator.ts'
import type { AuthorizationAttributes, Authorizer } from '../authz/authorizer.ts'
import type { RequestContext } from '../request/request-context.ts'
import { authenticate } from './authentication.ts'
import { authorizationAttributesOf, authorize } from './authorization.ts'
import { withToldCause } from './cause.ts'
import { asksToBeAnother, impersonated } from './impersonation.ts'

/** What the filters ask. */
export interface RequestFilters {
  readonly authenticators: readonly Authenticator[]
  readonly authorizer: Authorizer
}

/**
 * Passes a request through the filters that stand before every answer, connections included:
 * authentication, impersonation, authorization (upstream: `DefaultBuildHandlerChain`).
 * @throws StatusError 401 or 403.
 */
export async function filterRequest(
  filters: RequestFilters,
  { request, info }: Pick<RequestContext, 'request' | 'info'>,
  signal: AbortSignal,
): Promise<RequestContext> {
  const authenticated =
    request.user ?? (await authenticate(filters.authenticators, request, signal))
  const authorized = (attributes: AuthorizationAttributes) =>
    authorize(filters.authorizer, attributes, signal)
  const user = asksToBeAnother(request)
    ? await impersonated(request, authenticated, authorized)
    : authenticated
  await authorized(authorizationAttributesOf(info, user, request.query))
  return { request: withToldCause(request, user), info, user, warnings: [] }
}
