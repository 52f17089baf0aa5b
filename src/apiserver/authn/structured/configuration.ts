import { type ConfigKind, readConfig } from '../../config-files/read-config.ts'
import { configFlag, configText, listOf, struct } from '../../config-files/schema.ts'

/** An AuthenticationConfiguration (apiserver.config.k8s.io/v1) says whose tokens hold, and who may come without. */
export interface AuthenticationConfiguration {
  readonly jwt?: readonly JwtConfiguration[]
  readonly anonymous?: AnonymousConfiguration
}

export interface AnonymousConfiguration {
  readonly enabled?: boolean
  /** The paths that nobody need say a name for; none for all. */
  readonly conditions?: readonly { readonly path?: string }[]
}

/** An issuer of tokens, and which users its tokens stand for. */
export interface JwtConfiguration {
  readonly issuer?: IssuerConfiguration
  readonly claimValidationRules?: readonly ClaimRule[]
  readonly claimMappings?: ClaimMappings
  readonly userValidationRules?: readonly UserRule[]
}

export interface IssuerConfiguration {
  readonly url?: string
  readonly discoveryURL?: string
  /** PEM. */
  readonly certificateAuthority?: string
  readonly audiences?: readonly string[]
  readonly audienceMatchPolicy?: string
  readonly egressSelectorType?: string
}

export interface ClaimRule {
  readonly claim?: string
  readonly requiredValue?: string
  readonly expression?: string
  readonly message?: string
}

export interface UserRule {
  readonly expression?: string
  readonly message?: string
}

export interface ClaimMappings {
  readonly username?: PrefixedClaim
  readonly groups?: PrefixedClaim
  readonly uid?: Omit<PrefixedClaim, 'prefix'>
  readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[]
}

export interface PrefixedClaim {
  readonly claim?: string
  readonly prefix?: string
  readonly expression?: string
}

const rule = { expression: configText, message: configText }
const claimOrExpression = { claim: configText, expression: configText }
const prefixed = struct('v1.PrefixedClaimOrExpression', {
  ...claimOrExpression,
  prefix: configText,
})

const jwt = struct('v1.JWTAuthenticator', {
  issuer: struct('v1.Issuer', {
    url: configText,
    discoveryURL: configText,
    certificateAuthority: configText,
    audiences: listOf(configText),
    audienceMatchPolicy: configText,
    egressSelectorType: configText,
  }),
  claimValidationRules: listOf(
    struct('v1.ClaimValidationRule', { claim: configText, requiredValue: configText, ...rule }),
  ),
  claimMappings: struct('v1.ClaimMappings', {
    username: prefixed,
    groups: prefixed,
    uid: struct('v1.ClaimOrExpression', claimOrExpression),
    extra: listOf(struct('v1.ExtraMapping', { key: configText, valueExpression: configText })),
  }),
  userValidationRules: listOf(struct('v1.UserValidationRule', rule)),
})

const authenticationKind: ConfigKind = {
  kind: 'AuthenticationConfiguration',
  versions: ['v1', 'v1beta1', 'v1alpha1'],
  schema: struct('v1.AuthenticationConfiguration', {
    jwt: listOf(jwt),
    anonymous: struct('v1.AnonymousAuthConfig', {
      enabled: configFlag,
      conditions: listOf(struct('v1.AnonymousAuthCondition', { path: configText })),
    }),
  }),
}

/** The configuration of a file, not yet validated. @throws Error */
export function parseAuthenticationConfiguration(content: string): AuthenticationConfiguration {
  // Cast: what the schema has left.
  return readConfig(content, authenticationKind) as AuthenticationConfiguration
}
