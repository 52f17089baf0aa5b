import type { UserInfo } from '#machinery'
import type { FieldSelector, Selector } from '#machinery/selectors'

/** What a request wants to do, as rules see it (upstream: apiserver's `authorizer.Attributes`). */
export type AuthorizationAttributes = ResourceAttributes | NonResourceAttributes

export interface ResourceAttributes {
  readonly kind: 'resource'
  readonly user: UserInfo
  /** `get`, `list`, `watch`, `create`, `impersonate`, `bind`… */
  readonly verb: string
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly resource: string
  /** Empty for the resource itself. */
  readonly subresource: string
  /** Empty for cluster-scoped resources and for all namespaces. */
  readonly namespace: string
  /** Empty for collections. */
  readonly name: string
  /** Of list, watch and deletecollection requests that carry one that can be parsed. */
  readonly fieldSelector?: FieldSelector
  readonly labelSelector?: Selector
}

interface NonResourceAttributes {
  readonly kind: 'nonResource'
  readonly user: UserInfo
  /** The HTTP method in lower case. */
  readonly verb: string
  readonly path: string
}

/** What an authorizer says of a request (upstream: `authorizer.Decision`). */
export type Decision =
  | { readonly kind: 'allow'; readonly reason: string; readonly error?: undefined }
  /** Ends the matter: later authorizers are not asked. */
  | ({ readonly kind: 'deny'; readonly reason: string } & Failed)
  /** Refused unless another authorizer allows it. */
  | ({ readonly kind: 'noOpinion'; readonly reason: string } & Failed)

interface Failed {
  /** What went wrong: the request is then not forbidden, but failed. */
  readonly error?: string
}

/** Which verbs a user has, for SelfSubjectRulesReview. */
export interface SubjectRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[]
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
  }[]
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[]
    readonly nonResourceURLs: readonly string[]
  }[]
  /** True when the rules are not all there are. */
  readonly incomplete: boolean
  readonly evaluationError?: string
}

/** One source of permissions. A union of several asks them in order until one allows or denies. */
export interface Authorizer {
  readonly name: string
  authorize(attributes: AuthorizationAttributes, signal: AbortSignal): Decision | Promise<Decision>
  rulesFor(
    user: UserInfo,
    namespace: string,
    signal: AbortSignal,
  ): SubjectRules | Promise<SubjectRules>
}
