import type { Clock } from '#lib'
import type { ObjectReader } from '../cache/object-reader.ts'
import { anonymousAuthenticator } from './anonymous.ts'
import type { Authenticator } from './authenticator.ts'
import { bearerAuthenticator, type TokenAuthenticator } from './bearer.ts'
import { bootstrapTokens } from './bootstrap-token.ts'
import { certificateAuthenticator } from './certificate.ts'
import { serviceAccountTokens } from './service-account.ts'
import type { TokenIssuer } from './token-issuer.ts'

export interface AuthenticationOptions {
  readonly issuer: TokenIssuer
  readonly objects: ObjectReader
  readonly clock: Clock
}

/** The kinds of bearer token, in order; TokenReview asks the same. */
export function tokenAuthenticators({
  issuer,
  objects,
  clock,
}: AuthenticationOptions): readonly TokenAuthenticator[] {
  return [serviceAccountTokens(issuer, objects, clock), bootstrapTokens(objects, clock)]
}

/** The ways to prove who asks, in order. */
export function authenticators(options: AuthenticationOptions): readonly Authenticator[] {
  return [
    certificateAuthenticator,
    bearerAuthenticator(tokenAuthenticators(options), options.issuer.audiences),
    anonymousAuthenticator,
  ]
}
