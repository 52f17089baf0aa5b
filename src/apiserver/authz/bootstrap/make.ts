import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacV1, Role, RoleBinding } from '#api'

const group = 'rbac.authorization.k8s.io'
const apiVersion = `${group}/v1`

/** Marks what is made at the start and kept as it was made. */
const defaults = Object.freeze({
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
})

/** Words separated by blanks. */
type Words = string

/** A rule about resources of one or more API groups; `core` stands for the core group. */
export function rule(verbs: Words, groups: Words, resources: Words, names?: Words): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: words(groups).map((each) => (each === 'core' ? '' : each)),
    resources: words(resources),
    ...(names && { resourceNames: words(names) }),
  }
}

/** A rule about paths. */
export function pathRule(verbs: Words, paths: Words): PolicyRule {
  return { verbs: words(verbs), nonResourceURLs: words(paths) }
}

export function clusterRole(
  name: string,
  rules: readonly PolicyRule[],
  labels: Readonly<Record<string, string>> = {},
): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: metadataOf(name, labels), rules }
}

/** A ClusterRole whose rules a controller gathers from those labelled to be part of it. */
export function aggregatedRole(
  name: string,
  label: string,
  labels: Readonly<Record<string, string>> = {},
): ClusterRole {
  const clusterRoleSelectors = [{ matchLabels: { [label]: 'true' } }]
  return { ...clusterRole(name, [], labels), aggregationRule: { clusterRoleSelectors } }
}

export function clusterRoleBinding(
  name: string,
  roleName: string,
  subjects: readonly RbacV1.Subject[],
): ClusterRoleBinding {
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name: roleName }
  return { apiVersion, kind: 'ClusterRoleBinding', metadata: metadataOf(name), subjects, roleRef }
}

export function role(namespace: string, name: string, rules: readonly PolicyRule[]): Role {
  return { apiVersion, kind: 'Role', metadata: { ...metadataOf(name), namespace }, rules }
}

export function roleBinding(
  namespace: string,
  name: string,
  roleName: string,
  subjects: readonly RbacV1.Subject[],
): RoleBinding {
  const roleRef = { apiGroup: group, kind: 'Role', name: roleName }
  const metadata = { ...metadataOf(name), namespace }
  return { apiVersion, kind: 'RoleBinding', metadata, subjects, roleRef }
}

export function toGroup(name: string): RbacV1.Subject {
  return { kind: 'Group', apiGroup: group, name }
}

export function toUser(name: string): RbacV1.Subject {
  return { kind: 'User', apiGroup: group, name }
}

export function toAccount(namespace: string, name: string): RbacV1.Subject {
  return { kind: 'ServiceAccount', name, namespace }
}

function metadataOf(name: string, labels: Readonly<Record<string, string>> = {}) {
  return { ...defaults, name, labels: { ...defaults.labels, ...labels } }
}

function words(text: Words): readonly string[] {
  return text.split(' ')
}
