import type { ApiRequest, UserInfo } from '#machinery'
import { unauthorized } from '#machinery/status'
import type { Authenticator } from './authenticator.ts'

/** What one kind of token says of a text. */
export type TokenVerdict =
  | {
      readonly kind: 'user'
      readonly user: UserInfo
      /** Those asked for that the token is meant for; absent where tokens have no audience. */
      readonly audiences?: readonly string[]
    }
  /** No token of this kind. */
  | { readonly kind: 'unknown' }
  /** A token of this kind that does not hold. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Knows one kind of bearer token. */
export interface TokenAuthenticator {
  readonly name: string
  /** `audiences`: who reads the token; it must be meant for one of them. */
  authenticateToken(token: string, audiences: readonly string[]): TokenVerdict
}

export const unknownToken: TokenVerdict = Object.freeze({ kind: 'unknown' })

/** The first kind that knows the token decides. */
export function authenticateToken(
  kinds: readonly TokenAuthenticator[],
  token: string,
  audiences: readonly string[],
): TokenVerdict {
  for (const each of kinds) {
    const verdict = each.authenticateToken(token, audiences)
    if (verdict.kind !== 'unknown') return verdict
  }
  return unknownToken
}

/** `Authorization: Bearer …`, for the API server itself as audience. */
export function bearerAuthenticator(
  kinds: readonly TokenAuthenticator[],
  apiAudiences: readonly string[],
): Authenticator {
  return Object.freeze<Authenticator>({
    name: 'bearer',
    authenticate(request) {
      const token = bearerToken(request)
      if (token === undefined) return undefined
      const verdict = authenticateToken(kinds, token, apiAudiences)
      if (verdict.kind !== 'user') return unauthorized('Unauthorized')
      const { user, audiences } = verdict
      return { user, ...(audiences && { audiences }) }
    },
  })
}

function bearerToken({ headers }: ApiRequest): string | undefined {
  const [scheme = '', token = ''] = (headers.authorization ?? '').trim().split(' ')
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined
}
