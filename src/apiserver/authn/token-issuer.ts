import type { Clock, Random } from '#lib'
import { type JwtVerifier, jwtKeyFromPem, jwtVerifiersFromPem, unverifiedClaims } from './jwt.ts'

export interface TokenIssuerOptions {
  /** PEM of an EC or RSA private key. */
  readonly key: string
  /** Keys by which tokens are believed besides, as PEM texts of one or several: those of before a rotation. */
  readonly otherKeys?: readonly string[]
  /** The URL that stands as `iss` in every token. */
  readonly issuer: string
  /** Those whose tokens are believed besides. */
  readonly otherIssuers?: readonly string[]
  /** What the API server itself answers to; also the audience of a token that names none. */
  readonly audiences: readonly string[]
  readonly clock: Clock
  readonly random: Random
}

/** The object a token lives and dies with. */
export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node'
  readonly name: string
  readonly uid: string
}

export interface TokenOptions {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** Default: the API server's. */
  readonly audiences?: readonly string[]
  readonly expirationSeconds: number
  readonly bound?: BoundObject
  /** The node of a bound pod; its uid is not known when the node is gone. */
  readonly node?: { readonly name: string; readonly uid?: string }
}

interface NamedUid {
  readonly name: string
  readonly uid: string
}

/** The claims of upstream's bound tokens. Times in seconds since the epoch. */
export interface BoundClaims {
  readonly aud: readonly string[]
  readonly exp: number
  readonly iat: number
  readonly iss: string
  readonly jti: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly node?: { readonly name: string; readonly uid?: string }
    readonly pod?: NamedUid
    readonly secret?: NamedUid
    readonly serviceaccount: NamedUid
    /** When a token of the longer life given to old clients should have been renewed. */
    readonly warnafter?: number
  }
  readonly nbf: number
  readonly sub: string
}

/** The claims of tokens that stand in a Secret: they have no end. */
export interface LegacyClaims {
  readonly iss: 'kubernetes/serviceaccount'
  readonly 'kubernetes.io/serviceaccount/namespace': string
  readonly 'kubernetes.io/serviceaccount/secret.name': string
  readonly 'kubernetes.io/serviceaccount/service-account.name': string
  readonly 'kubernetes.io/serviceaccount/service-account.uid': string
  readonly sub: string
}

type TokenClaims =
  | { readonly kind: 'bound'; readonly claims: BoundClaims }
  | { readonly kind: 'legacy'; readonly claims: LegacyClaims }

export interface TokenIssuer {
  readonly audiences: readonly string[]
  issue(options: TokenOptions): string
  /** The token of a Secret of type kubernetes.io/service-account-token. */
  issueLegacy(account: Omit<TokenOptions, 'expirationSeconds'>, secretName: string): string
  /**
   * The claims that were signed here, whether or not they still hold; undefined for a text that is
   * no token of this issuer; `forged` for one that says it is.
   */
  read(token: string): TokenClaims | 'forged' | undefined
  /** `/.well-known/openid-configuration` and `/openid/v1/jwks`. */
  readonly discovery: {
    configuration(serverUrl: string): object
    readonly keys: object
  }
}

const legacyIssuer = 'kubernetes/serviceaccount'
/** The life that clients get which may not know how to renew (upstream: one year). */
const extendedSeconds = 365 * 24 * 3600
/** The odd life by which such a request is known: it is the one in volumes made by admission. */
const extendableSeconds = 3607
/** Signatures whose verification is remembered. */
const maxRemembered = 4096

/** Signs the tokens of service accounts with one key, and reads those that several have signed. */
export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { issuer, audiences, clock, random, otherKeys = [], otherIssuers = [] } = options
  const key = jwtKeyFromPem(options.key)
  const all: readonly JwtVerifier[] = [key, ...otherKeys.flatMap(jwtVerifiersFromPem)]
  const keys = [...new Map(all.map((each) => [each.id, each])).values()]
  const known = new Set<unknown>([issuer, ...otherIssuers, legacyIssuer])
  const remembered = new Map<string, TokenClaims>()
  return Object.freeze<TokenIssuer>({
    audiences,
    issue(request) {
      const nowSeconds = Math.floor(clock.wallMs() / 1000)
      return key.sign(boundClaims(request, options, { nowSeconds, id: random.uuid() }))
    },
    issueLegacy: ({ namespace, name, uid }, secretName) =>
      key.sign({
        iss: legacyIssuer,
        'kubernetes.io/serviceaccount/namespace': namespace,
        'kubernetes.io/serviceaccount/secret.name': secretName,
        'kubernetes.io/serviceaccount/service-account.name': name,
        'kubernetes.io/serviceaccount/service-account.uid': uid,
        sub: subjectOf(namespace, name),
      } satisfies LegacyClaims),
    read(token) {
      const before = remembered.get(token)
      if (before) return before
      const claimed = unverifiedClaims(token)?.iss
      if (!known.has(claimed)) return undefined
      const claims = readWith(keys, token, claimed === legacyIssuer)
      if (!claims) return 'forged'
      if (remembered.size >= maxRemembered) remembered.clear()
      remembered.set(token, claims)
      return claims
    },
    discovery: Object.freeze({
      configuration: (serverUrl: string) => ({
        issuer,
        jwks_uri: `${serverUrl}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [
          ...new Set(keys.map(({ algorithm }) => algorithm)),
        ].toSorted(),
      }),
      keys: { keys: keys.map(({ jwk }) => jwk) },
    }),
  })
}

function boundClaims(
  request: TokenOptions,
  { issuer, audiences }: TokenIssuerOptions,
  { nowSeconds, id }: { readonly nowSeconds: number; readonly id: string },
): BoundClaims {
  const { namespace, name, uid, expirationSeconds, bound, node } = request
  const aud = request.audiences?.length ? request.audiences : audiences
  const isForServer = aud.every((each) => audiences.includes(each))
  const isForPod = bound?.kind === 'Pod'
  const isExtended = isForPod && expirationSeconds === extendableSeconds && isForServer
  return {
    aud,
    exp: nowSeconds + (isExtended ? extendedSeconds : expirationSeconds),
    iat: nowSeconds,
    iss: issuer,
    jti: id,
    'kubernetes.io': {
      namespace,
      ...(node && { node }),
      ...(bound && { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
      serviceaccount: { name, uid },
      ...(isExtended && { warnafter: nowSeconds + expirationSeconds }),
    },
    nbf: nowSeconds,
    sub: subjectOf(namespace, name),
  }
}

function readWith(
  keys: readonly JwtVerifier[],
  token: string,
  isLegacy: boolean,
): TokenClaims | undefined {
  const claims = keys.reduce<ReturnType<JwtVerifier['open']>>(
    (found, key) => found ?? key.open(token),
    undefined,
  )
  if (!claims) return undefined
  return isLegacy
    ? { kind: 'legacy', claims: claims as unknown as LegacyClaims }
    : { kind: 'bound', claims: claims as unknown as BoundClaims }
}

/** The name of a service account as a user. */
export function subjectOf(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}
