import { type ConfigKind, readConfig } from '../../config-files/read-config.ts'
import { configFlag, configText, duration, listOf, struct } from '../../config-files/schema.ts'

/** An AuthorizationConfiguration (apiserver.config.k8s.io/v1) says who is asked whether somebody may do something. */
export interface AuthorizationConfiguration {
  /** In the order in which they are asked. */
  readonly authorizers?: readonly AuthorizerConfiguration[]
}

export interface AuthorizerConfiguration {
  readonly type?: string
  readonly name?: string
  readonly webhook?: WebhookConfiguration
}

/** A webhook that is asked by SubjectAccessReviews. Spans of time are as Go writes them. */
export interface WebhookConfiguration {
  readonly authorizedTTL?: string
  readonly cacheAuthorizedRequests?: boolean
  readonly unauthorizedTTL?: string
  readonly cacheUnauthorizedRequests?: boolean
  readonly timeout?: string
  readonly subjectAccessReviewVersion?: string
  readonly matchConditionSubjectAccessReviewVersion?: string
  readonly failurePolicy?: string
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string }
  readonly matchConditions?: readonly { readonly expression?: string }[]
}

const webhook = struct('v1.WebhookConfiguration', {
  authorizedTTL: duration,
  cacheAuthorizedRequests: configFlag,
  unauthorizedTTL: duration,
  cacheUnauthorizedRequests: configFlag,
  timeout: duration,
  subjectAccessReviewVersion: configText,
  matchConditionSubjectAccessReviewVersion: configText,
  failurePolicy: configText,
  connectionInfo: struct('v1.WebhookConnectionInfo', {
    type: configText,
    kubeConfigFile: configText,
  }),
  matchConditions: listOf(struct('v1.WebhookMatchCondition', { expression: configText })),
})

const authorizationKind: ConfigKind = {
  kind: 'AuthorizationConfiguration',
  versions: ['v1', 'v1beta1', 'v1alpha1'],
  schema: struct('v1.AuthorizationConfiguration', {
    authorizers: listOf(
      struct('v1.AuthorizerConfiguration', { type: configText, name: configText, webhook }),
    ),
  }),
}

/** The configuration of a file, not yet validated. @throws Error */
export function parseAuthorizationConfiguration(content: string): AuthorizationConfiguration {
  try {
    // Cast: what the schema has left.
    return readConfig(content, authorizationKind) as AuthorizationConfiguration
  } catch (error) {
    const why = error instanceof Error ? error.message : error
    throw new Error(`failed to load AuthorizationConfiguration from file: ${why}`, { cause: error })
  }
}
