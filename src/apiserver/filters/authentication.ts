import type { ApiRequest, UserInfo } from '#machinery'
import { StatusError, unauthorized } from '#machinery/status'
import type { Authenticator } from '../authn/authenticator.ts'

/**
 * The user that a request comes from: the first that an authenticator knows.
 * @throws StatusError 401, the first refusal where an authenticator refused.
 */
export async function authenticate(
  authenticators: readonly Authenticator[],
  request: ApiRequest,
  signal: AbortSignal,
): Promise<UserInfo> {
  let failed: StatusError | undefined
  for (const authenticator of authenticators) {
    const result = await authenticator.authenticate(request, signal)
    if (result instanceof StatusError) failed ??= result
    else if (result) return result.user
  }
  throw failed ?? unauthorized('Unauthorized')
}
