import type { PolicyRule } from '#api'
import type { UserInfo } from '#machinery'
import type { AuthorizationAttributes, Decision } from './authorizer.ts'
import { ruleAllows, splitRules } from './policy-rule.ts'
import { type Grant, indexRbac, type RbacIndex, type RbacSource } from './rbac-rules.ts'
import type { SyncAuthorizer } from './union.ts'

/** RBAC, and besides what checks against escalation ask of it. */
export interface RbacAuthorizer extends SyncAuthorizer {
  /** Every rule that a user holds in a namespace, or in all when it is empty. */
  policyRulesFor(user: UserInfo, namespace: string): readonly PolicyRule[]
  /** The rules of a role; undefined when it does not exist. */
  rulesOfRole(
    roleRef: { readonly kind: string; readonly name: string },
    namespace: string,
  ): readonly PolicyRule[] | undefined
}

/** Users whose grants are kept ready; more than that many at once is no usual cluster. */
const maxKnownUsers = 4096
/** Namespaces of all of them whose grants are: anybody may ask about one that does not exist. */
const maxKnownNamespaces = 16_384

interface UserGrants {
  readonly cluster: readonly Grant[]
  readonly byNamespace: Map<string, readonly Grant[]>
}

/**
 * Upstream's RBAC authorizer. Bindings are resolved when the source has changed, and the grants of
 * a user when it first asks; a request only walks the rules of its own user.
 */
export function createRbacAuthorizer(source: RbacSource): RbacAuthorizer {
  let index: RbacIndex | undefined
  let seen = 0
  const users = new Map<string, UserGrants>()
  let namespaces = 0
  const forget = () => {
    users.clear()
    namespaces = 0
  }
  const current = (): RbacIndex => {
    const changes = source.changes()
    if (index && changes === seen) return index
    forget()
    seen = changes
    index = indexRbac(source)
    return index
  }
  const grantsFor = (user: UserInfo, namespace: string) => {
    const rbac = current()
    if (users.size >= maxKnownUsers || namespaces >= maxKnownNamespaces) forget()
    const { cluster, byNamespace } = knownUser(users, user, rbac)
    if (namespace === '') return cluster
    let grants = byNamespace.get(namespace)
    if (!grants) {
      grants = [...cluster, ...rbac.namespaceGrants(user, namespace)]
      byNamespace.set(namespace, grants)
      namespaces++
    }
    return grants
  }
  const policyRulesFor = (user: UserInfo, namespace: string) =>
    grantsFor(user, namespace).flatMap(({ rules }) => rules)
  return {
    name: 'RBAC',
    authorize: (attributes) =>
      decide(grantsFor(attributes.user, namespaceOf(attributes)), attributes),
    rulesFor: (user, namespace) => splitRules(policyRulesFor(user, namespace)),
    policyRulesFor,
    rulesOfRole: (roleRef, namespace) => current().rulesOf(roleRef, namespace),
  }
}

function knownUser(users: Map<string, UserGrants>, user: UserInfo, rbac: RbacIndex): UserGrants {
  const key = [user.name, ...user.groups].join('\n')
  const known = users.get(key)
  if (known) return known
  const grants = { cluster: rbac.clusterGrants(user), byNamespace: new Map() }
  users.set(key, grants)
  return grants
}

function namespaceOf(attributes: AuthorizationAttributes): string {
  return attributes.kind === 'resource' ? attributes.namespace : ''
}

function decide(grants: readonly Grant[], attributes: AuthorizationAttributes): Decision {
  const faults = new Set<string>()
  for (const { rules, fault, description } of grants) {
    if (rules.some((rule) => ruleAllows(rule, attributes))) {
      return { kind: 'allow', reason: `RBAC: allowed by ${description}` }
    }
    if (fault) faults.add(fault)
  }
  if (faults.size === 0) return { kind: 'noOpinion', reason: '' }
  const text = [...faults].join(', ')
  return { kind: 'noOpinion', reason: `RBAC: ${faults.size > 1 ? `[${text}]` : text}` }
}
