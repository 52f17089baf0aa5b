import { andThen, type MaybePromise } from '#lib'
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
  authenticateToken(token: string, audiences: readonly string[]): MaybePromise<TokenVerdict>
}

export const unknownToken: TokenVerdict = Object.freeze({ kind: 'unknown' })

/** The first kind that knows the token decides. */
export function authenticateToken(
  kinds: readonly TokenAuthenticator[],
  token: string,
  audiences: readonly string[],
): MaybePromise<TokenVerdict> {
  const [first, ...others] = kinds
  if (!first) return unknownToken
  return andThen(first.authenticateToken(token, audiences), (verdict) =>
    verdict.kind === 'unknown' ? authenticateToken(others, token, audiences) : verdict,
  )
}

/**
 * `Authorization: Bearer …`, for the API server itself as audience. Clients are not told why a token is refused;
 * `onRefused` is.
 */
export function bearerAuthenticator(
  kinds: readonly TokenAuthenticator[],
  apiAudiences: readonly string[],
  onRefused: (reason: string) => void = () => undefined,
): Authenticator {
  return Object.freeze<Authenticator>({
    name: 'bearer',
    authenticate(request) {
      const token = bearerToken(request)
      if (token === undefined) return undefined
      return andThen(authenticateToken(kinds, token, apiAudiences), (verdict) => {
        if (verdict.kind === 'refused') onRefused(verdict.reason)
        if (verdict.kind !== 'user') return unauthorized('Unauthorized')
        const { user, audiences } = verdict
        return { user, ...(audiences && { audiences }) }
      })
    },
  })
}

function bearerToken({ headers }: ApiRequest): string | undefined {
  const [scheme = '', token = ''] = (headers.authorization ?? '').trim().split(' ')
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined
}
