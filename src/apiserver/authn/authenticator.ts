import type { ApiRequest, UserInfo } from '#machinery'

/**
 * Tells who asks, from what the request carries. Undefined: this way of proof was not used, ask the
 * next. A proof that was given and is wrong rejects with `StatusError` 401.
 */
export interface Authenticator {
  readonly name: string
  authenticate(request: ApiRequest): Promise<UserInfo | undefined>
}

/** Groups that every request belongs to one of. */
export const authenticatedGroup = 'system:authenticated'
export const unauthenticatedGroup = 'system:unauthenticated'
export const anonymousUser = 'system:anonymous'
