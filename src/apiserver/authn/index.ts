import type { Clock, Logger } from '#lib'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { WebhookTransport } from '../webhooks/transport.ts'
import { anonymousAuthenticators } from './anonymous.ts'
import type { Authenticator } from './authenticator.ts'
import { bearerAuthenticator, type TokenAuthenticator } from './bearer.ts'
import { bootstrapTokens } from './bootstrap-token.ts'
import { certificateAuthenticator } from './certificate.ts'
import { oidcTokens } from './oidc-tokens.ts'
import { type RequestHeaders, requestHeaderAuthenticator } from './request-header.ts'
import { serviceAccountTokens } from './service-account.ts'
import type { StructuredAuthentication } from './structured/structured-authentication.ts'
import type { TokenIssuer } from './token-issuer.ts'

export interface AuthenticationOptions {
  readonly issuer: TokenIssuer
  readonly objects: ObjectReader
  readonly clock: Clock
  /** Is told why tokens are refused; default: nobody. */
  readonly log?: Logger
  /** By which headers proxies name users; default: none may. */
  readonly requestHeaders?: RequestHeaders
  /** Whose tokens hold besides, and how those are asked for their keys; default: nobody's. */
  readonly others?: {
    readonly structured: StructuredAuthentication
    readonly transport: WebhookTransport
  }
}

/** The kinds of bearer token, in order; TokenReview asks the same. */
export function tokenAuthenticators({
  issuer,
  objects,
  clock,
  others,
}: AuthenticationOptions): readonly TokenAuthenticator[] {
  const { audiences: apiAudiences } = issuer
  // They come last, since they may have to be asked for their keys.
  const last = others && [
    oidcTokens({ ...others, authentication: others.structured, apiAudiences, clock }),
  ]
  return [
    serviceAccountTokens(issuer, objects, clock),
    bootstrapTokens(objects, clock),
    ...(last ?? []),
  ]
}

/** The ways to prove who asks, in order. */
export function authenticators(options: AuthenticationOptions): readonly Authenticator[] {
  const { issuer, others, log, requestHeaders } = options
  return [
    ...(requestHeaders ? [requestHeaderAuthenticator(requestHeaders)] : []),
    certificateAuthenticator,
    bearerAuthenticator(tokenAuthenticators(options), issuer.audiences, (reason) =>
      log?.warn('Unable to authenticate the request', { error: reason }),
    ),
    ...anonymousAuthenticators(others?.structured.anonymous),
  ]
}
