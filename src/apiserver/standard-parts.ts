import type { Clock, Random } from '#lib'
import { bindingActions } from './actions/binding.ts'
import { evictionAction } from './actions/eviction.ts'
import { securityActions } from './actions/security-actions.ts'
import { admissionPlugins } from './admission/plugins/index.ts'
import type { AdmissionSettings } from './admission/settings/settings.ts'
import { authenticators, tokenAuthenticators } from './authn/index.ts'
import { identityHeaderTest, type RequestHeaders } from './authn/request-header.ts'
import type { StructuredAuthentication } from './authn/structured/structured-authentication.ts'
import { createTokenIssuer } from './authn/token-issuer.ts'
import { createNodeAuthorizer } from './authz/node.ts'
import { privilegedAuthorizer } from './authz/privileged.ts'
import { createRbacAuthorizer } from './authz/rbac.ts'
import { rbacSourceOf } from './authz/rbac-source.ts'
import { configuredAuthorizer } from './authz/structured/configured.ts'
import type { StructuredAuthorization } from './authz/structured/structured-authorization.ts'
import { unionAuthorizer } from './authz/union.ts'
import { issuerPaths } from './discovery/service-account-issuer.ts'
import { serviceAllocator } from './registry/allocators/service-allocator.ts'
import type { ApiServerOptions, ServerParts } from './server.ts'

/** What is said of tokens of service accounts besides who signs them. */
export interface ServiceAccountSettings {
  /** Keys by which tokens are believed besides, as PEM texts of one or several. */
  readonly keys?: readonly string[]
  /** Issuers whose tokens are believed besides. */
  readonly otherIssuers?: readonly string[]
  /** What this server answers to; default: its issuers. */
  readonly audiences?: readonly string[]
  readonly longestTokenSeconds?: number
}

/** What upstream takes from the command line of its API server. */
export interface StandardOptions {
  readonly clock: Clock
  readonly random: Random
  /** PEM of the private key that signs service account tokens. */
  readonly tokenKey: string
  /** `https://kubernetes.default.svc.cluster.local` */
  readonly issuer: string
  /** What else is said of tokens of service accounts. */
  readonly serviceAccounts?: ServiceAccountSettings
  /** Networks of Services, one for each family. */
  readonly serviceCidrs: readonly string[]
  readonly nodePorts: { readonly first: number; readonly last: number }
  /** Whose tokens hold besides the server's own; default: nobody's. */
  readonly authentication?: StructuredAuthentication
  /** By which headers proxies name users; default: none may. */
  readonly requestHeaders?: RequestHeaders
  /** Who is asked whether somebody may do something; default: Node, then RBAC. */
  readonly authorization?: StructuredAuthorization
  /** Default: upstream's. */
  readonly admissionSettings?: AdmissionSettings
}

/** Upstream's authentication, authorisation (Node and RBAC), admission, actions and allocators. */
export function standardParts(
  options: StandardOptions,
): Required<
  Pick<
    ApiServerOptions,
    | 'authenticators'
    | 'authorizer'
    | 'admission'
    | 'actions'
    | 'allocators'
    | 'extraPaths'
    | 'isIdentityHeader'
  >
> {
  const { clock, random, tokenKey, issuer: issuerUrl, admissionSettings } = options
  const { keys, otherIssuers, longestTokenSeconds } = options.serviceAccounts ?? {}
  const issuer = createTokenIssuer({
    key: tokenKey,
    issuer: issuerUrl,
    ...(keys && { otherKeys: keys }),
    ...(otherIssuers && { otherIssuers }),
    audiences: options.serviceAccounts?.audiences ?? [issuerUrl, ...(otherIssuers ?? [])],
    clock,
    random: random.fork('tokens'),
  })
  const authorize = once((parts: ServerParts) => {
    const rbac = createRbacAuthorizer(rbacSourceOf(parts.objects, parts.rbacChanges))
    const node = createNodeAuthorizer(parts.objects)
    const { authorization } = options
    const authorizer = authorization
      ? configuredAuthorizer(authorization, {
          ...{ node, rbac, clock, log: parts.log, transport: parts.transport },
          random: random.fork('authorization'),
        })
      : unionAuthorizer([privilegedAuthorizer, node, rbac])
    return { rbac, authorizer }
  })
  const authenticating = once(({ objects, transport, log }: ServerParts) => {
    const { authentication: structured, requestHeaders } = options
    const others = structured && { structured, transport }
    return {
      ...{ issuer, objects, clock, log },
      ...(others && { others }),
      ...(requestHeaders && { requestHeaders }),
    }
  })
  return {
    authenticators: (parts) => authenticators(authenticating(parts)),
    isIdentityHeader: identityHeaderTest(options.requestHeaders),
    authorizer: (parts) => authorize(parts).authorizer,
    admission: (parts) =>
      admissionPlugins({
        ...parts,
        clock,
        random,
        ...admissionSettings,
        ...authorize(parts),
      }),
    actions: (parts) => ({
      ...securityActions({
        authorizer: parts.authorizer,
        tokens: tokenAuthenticators(authenticating(parts)),
        issuer,
        ...(longestTokenSeconds !== undefined && { longestTokenSeconds }),
      }),
      ...bindingActions,
      'pods/eviction': evictionAction,
    }),
    extraPaths: issuerPaths(issuer, issuerUrl),
    allocators: [serviceAllocator({ cidrs: options.serviceCidrs, nodePorts: options.nodePorts })],
  }
}

function once<A, R>(make: (argument: A) => R): (argument: A) => R {
  let made: { readonly value: R } | undefined
  return (argument) => {
    made ??= { value: make(argument) }
    return made.value
  }
}
