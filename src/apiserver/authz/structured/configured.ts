import type { Authorizer } from '../authorizer.ts'
import { privilegedAuthorizer } from '../privileged.ts'
import { unionAuthorizer } from '../union.ts'
import { alwaysAllow, alwaysDeny } from './always.ts'
import type { ConnectedAuthorizer, StructuredAuthorization } from './structured-authorization.ts'
import { createWebhookAuthorizer, type WebhookAuthorizerParts } from './webhook-authorizer.ts'

/** What authorizers are made from; those of this server stay the same when the configuration changes. */
interface ConfiguredParts extends WebhookAuthorizerParts {
  readonly node: Authorizer
  readonly rbac: Authorizer
}

/** The authorizers of a configuration, as it stands whenever somebody asks, behind the group that may do all. */
export function configuredAuthorizer(
  authorization: StructuredAuthorization,
  parts: ConfiguredParts,
): Authorizer {
  const made = new WeakMap<readonly ConnectedAuthorizer[], Authorizer>()
  const current = (): Authorizer => {
    const configured = authorization.authorizers()
    const union =
      made.get(configured) ??
      unionAuthorizer([
        privilegedAuthorizer,
        ...configured.map((each) => authorizerOf(each, parts)),
      ])
    made.set(configured, union)
    return union
  }
  return {
    name: 'configured',
    authorize: (attributes, signal) => current().authorize(attributes, signal),
    rulesFor: (user, namespace, signal) => current().rulesFor(user, namespace, signal),
  }
}

function authorizerOf(
  { type, webhook, connection }: ConnectedAuthorizer,
  parts: ConfiguredParts,
): Authorizer {
  if (webhook && connection) return createWebhookAuthorizer(webhook, connection, parts)
  if (type === 'Node') return parts.node
  if (type === 'RBAC') return parts.rbac
  return type === 'AlwaysAllow' ? alwaysAllow : alwaysDeny
}
