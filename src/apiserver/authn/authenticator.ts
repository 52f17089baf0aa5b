import type { ApiRequest, UserInfo } from '#machinery'
import type { StatusError } from '#machinery/status'

/**
 * One way to prove who asks. The pipeline tries them in order and takes the first user. A request
 * whose `user` a trusted transport has set is not asked for credentials.
 */
export interface Authenticator {
  readonly name: string
  /**
   * The user whose credentials the request carries; undefined when it carries none of this kind;
   * a StatusError (401) when it carries some that do not hold. Later authenticators still get their
   * turn after an error, and it is answered only when none of them knows the user.
   */
  authenticate(
    request: ApiRequest,
    signal: AbortSignal,
  ): Authentication | StatusError | undefined | Promise<Authentication | StatusError | undefined>
}

/** A user that an authenticator has found. */
export interface Authentication {
  readonly user: UserInfo
  /** The audiences among those of the server that the credential is valid for, where it has any. */
  readonly audiences?: readonly string[]
}
