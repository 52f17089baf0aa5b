import type { UserInfo } from '#machinery'

/** What is asked for, in RBAC's terms. */
export type AuthorizationAttributes =
  | {
      readonly kind: 'resource'
      readonly user: UserInfo
      readonly verb: string
      readonly group: string
      readonly version: string
      readonly resource: string
      readonly subresource: string
      /** Empty for all namespaces and for cluster-scoped resources. */
      readonly namespace: string
      /** Empty for collections. */
      readonly name: string
    }
  | {
      readonly kind: 'path'
      readonly user: UserInfo
      readonly verb: string
      readonly path: string
    }

export type Decision =
  | { readonly kind: 'allow'; readonly reason: string }
  | { readonly kind: 'deny'; readonly reason: string }
  /** Another authorizer may know; if none does, the request is refused. */
  | { readonly kind: 'noOpinion'; readonly reason: string }

export interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface NonResourceRule {
  readonly verbs: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

/** Decides by data in caches; synchronous, because every request waits for it. */
export interface Authorizer {
  readonly name: string
  authorize(attributes: AuthorizationAttributes): Decision
  /** What the user may do in a namespace, for SelfSubjectRulesReview. */
  rulesFor(
    user: UserInfo,
    namespace: string,
  ): {
    readonly resourceRules: readonly ResourceRule[]
    readonly nonResourceRules: readonly NonResourceRule[]
  }
}

/** The first that decides counts; none deciding is a refusal. */
export function authorizeAny(
  authorizers: readonly Authorizer[],
  attributes: AuthorizationAttributes,
): Decision {
  const reasons: string[] = []
  for (const authorizer of authorizers) {
    const decision = authorizer.authorize(attributes)
    if (decision.kind !== 'noOpinion') return decision
    if (decision.reason !== '') reasons.push(decision.reason)
  }
  return { kind: 'noOpinion', reason: reasons.join('\n') }
}
