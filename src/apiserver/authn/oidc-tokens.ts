import { type Clock, messageOf } from '#lib'
import { formatTime, goList, goQuote } from '#machinery'
import type { WebhookTransport } from '../webhooks/transport.ts'
import { type TokenAuthenticator, type TokenVerdict, unknownToken } from './bearer.ts'
import { authenticatedGroup } from './groups.ts'
import { createIssuerKeys, type IssuerKeys } from './structured/issuer-keys.ts'
import { userOfClaims } from './structured/map-claims.ts'
import type { StructuredAuthentication } from './structured/structured-authentication.ts'
import type { CompiledJwt } from './structured/validate.ts'
import { type ParsedJwt, parseJwt } from './structured/verify-jwt.ts'

/** What tokens of other issuers are checked with. */
export interface OidcOptions {
  readonly authentication: StructuredAuthentication
  /** Those of this server. Tokens of other issuers say nothing of them: they hold for each. */
  readonly apiAudiences: readonly string[]
  readonly clock: Clock
  readonly transport: WebhookTransport
}

/** Tokens of the issuers of an AuthenticationConfiguration. */
export function oidcTokens(options: OidcOptions): TokenAuthenticator {
  const { authentication, apiAudiences, clock } = options
  /** By the issuer as it was configured: one that is configured anew is asked anew. */
  const known = new WeakMap<CompiledJwt, IssuerKeys>()
  const keysOf = (jwt: CompiledJwt): IssuerKeys => {
    const { issuer = {} } = jwt.configuration
    const keys =
      known.get(jwt) ??
      createIssuerKeys({
        url: issuer.url ?? '',
        discoveryUrl: issuer.discoveryURL || undefined,
        authorities: issuer.certificateAuthority || undefined,
        clock,
        transport: options.transport,
      })
    known.set(jwt, keys)
    return keys
  }
  return Object.freeze<TokenAuthenticator>({
    name: 'oidc',
    authenticateToken(token, audiences) {
      const shared = apiAudiences.filter((each) => audiences.includes(each))
      const parsed = parseJwt(token)
      if (!parsed || shared.length === 0) return unknownToken
      const issuer = issuerOf(parsed)
      const jwt = authentication.jwt().find((each) => each.configuration.issuer?.url === issuer)
      return jwt ? verdict(jwt, parsed, { keys: keysOf(jwt), shared, ...options }) : unknownToken
    },
  })
}

interface Judging extends OidcOptions {
  readonly keys: IssuerKeys
  readonly shared: readonly string[]
}

async function verdict(
  jwt: CompiledJwt,
  token: ParsedJwt,
  { keys, shared, clock, authentication }: Judging,
): Promise<TokenVerdict> {
  try {
    try {
      requireValid(jwt, token, clock.wallMs())
      requireAlgorithm(token, authentication.algorithms)
      await keys.verify(token)
    } catch (error) {
      throw new Error(`oidc: verify token: ${messageOf(error)}`, { cause: error })
    }
    const user = userOfClaims(jwt, token.claims)
    const isIn = user.groups.includes(authenticatedGroup)
    const groups = isIn ? user.groups : [...user.groups, authenticatedGroup]
    return { kind: 'user', user: { ...user, groups }, audiences: shared }
  } catch (error) {
    return { kind: 'refused', reason: messageOf(error) }
  }
}

/** One issuer leaves out of its name what its tokens are to say. */
function issuerOf({ claims }: ParsedJwt): unknown {
  return claims.iss === 'accounts.google.com' ? 'https://accounts.google.com' : claims.iss
}

/** How far clocks may differ where a token is not to be used yet. */
const leewayMs = 300_000

function requireValid({ configuration }: CompiledJwt, { claims }: ParsedJwt, nowMs: number): void {
  const wanted = configuration.issuer?.audiences ?? []
  const given = [claims.aud].flat().filter((each) => typeof each === 'string')
  if (!wanted.some((each) => given.includes(each))) {
    const [expected, got] = [wanted.toSorted(), given].map((list) => goList(list.map(goQuote)))
    throw new Error(
      wanted.length === 1
        ? `oidc: expected audience ${goQuote(wanted[0] ?? '')} got ${got}`
        : `oidc: expected audience in ${expected} got ${got}`,
    )
  }
  const expiresMs = typeof claims.exp === 'number' ? claims.exp * 1000 : 0
  if (nowMs > expiresMs) {
    throw new Error(`oidc: token is expired (Token Expiry: ${formatTime(expiresMs)})`)
  }
  const beginsMs = typeof claims.nbf === 'number' ? claims.nbf * 1000 : 0
  if (nowMs + leewayMs < beginsMs) {
    const [now, begins] = [nowMs, beginsMs].map(formatTime)
    throw new Error(`oidc: current time ${now} before the nbf (not before) time: ${begins}`)
  }
}

function requireAlgorithm({ algorithm }: ParsedJwt, allowed: readonly string[]): void {
  if (allowed.includes(algorithm)) return
  const wanted = goList(allowed.map(goQuote))
  throw new Error(
    `oidc: id token signed with unsupported algorithm, expected ${wanted} got ${goQuote(algorithm)}`,
  )
}
