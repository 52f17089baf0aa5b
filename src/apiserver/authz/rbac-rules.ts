import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacV1, Role, RoleBinding } from '#api'
import { goQuote, type Stored, type UserInfo } from '#machinery'

/** Where the objects of RBAC stand: caches, and a count by which to know that they have changed. */
export interface RbacSource {
  /** Differs from what it was before whenever one of the four lists does. */
  changes(): number
  roles(): readonly Stored<Role>[]
  roleBindings(): readonly Stored<RoleBinding>[]
  clusterRoles(): readonly Stored<ClusterRole>[]
  clusterRoleBindings(): readonly Stored<ClusterRoleBinding>[]
}

/** What one binding gives to one subject. */
export interface Grant {
  /** The whole part counts bindings, the fraction subjects in one: the order of evaluation. */
  readonly order: number
  readonly rules: readonly PolicyRule[]
  /** Why there are no rules: the role is missing. */
  readonly fault?: string
  /** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  readonly description: string
}

type GrantsBySubject = Map<string, Grant[]>

/** The bindings by whom they are for, resolved to rules. */
export interface RbacIndex {
  /** Grants in every namespace, in the order of the bindings. */
  clusterGrants(user: UserInfo): readonly Grant[]
  /** Grants in one namespace besides those. */
  namespaceGrants(user: UserInfo, namespace: string): readonly Grant[]
  /** The rules of a role, or undefined when there is none. */
  rulesOf(roleRef: { readonly kind: string; readonly name: string }, namespace: string): Rules
}

type Rules = readonly PolicyRule[] | undefined

/** Resolves all bindings at once; looked up by subject afterwards, never scanned. */
export function indexRbac(source: RbacSource): RbacIndex {
  const rules = rulesByRole(source)
  const rulesOf: RbacIndex['rulesOf'] = ({ kind, name }, namespace) =>
    rules.get(kind === 'Role' ? `Role/${namespace}/${name}` : `ClusterRole/${name}`)
  const cluster: GrantsBySubject = new Map()
  const namespaced = new Map<string, GrantsBySubject>()
  source.clusterRoleBindings().forEach((binding, order) => {
    addGrants(cluster, binding, { namespace: '', order, rulesOf })
  })
  source.roleBindings().forEach((binding, order) => {
    const { namespace = '' } = binding.metadata
    const grants = namespaced.get(namespace) ?? new Map<string, Grant[]>()
    namespaced.set(namespace, grants)
    addGrants(grants, binding, { namespace, order, rulesOf })
  })
  return {
    rulesOf,
    clusterGrants: (user) => grantsOf(cluster, user),
    namespaceGrants: (user, namespace) => grantsOf(namespaced.get(namespace), user),
  }
}

function rulesByRole(source: RbacSource): ReadonlyMap<string, readonly PolicyRule[]> {
  const rules = new Map<string, readonly PolicyRule[]>()
  for (const role of source.clusterRoles()) {
    rules.set(`ClusterRole/${role.metadata.name}`, role.rules ?? [])
  }
  for (const { metadata, rules: own = [] } of source.roles()) {
    rules.set(`Role/${metadata.namespace}/${metadata.name}`, own)
  }
  return rules
}

interface BindingPlace {
  readonly namespace: string
  readonly order: number
  readonly rulesOf: RbacIndex['rulesOf']
}

function addGrants(
  grants: GrantsBySubject,
  binding: Stored<RoleBinding>,
  { namespace, order, rulesOf }: BindingPlace,
): void {
  const { roleRef, subjects = [], metadata, kind } = binding
  const rules = rulesOf(roleRef, namespace)
  const title = namespace === '' ? metadata.name : `${metadata.name}/${namespace}`
  subjects.forEach((subject, place) => {
    const key = subjectKey(subject, namespace)
    if (key === undefined) return
    const grant: Grant = {
      order: order + place / subjects.length,
      rules: rules ?? [],
      description: `${kind} ${goQuote(title)} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${describeSubject(subject, namespace)}`,
      ...(!rules && { fault: missingRole(roleRef) }),
    }
    const present = grants.get(key)
    if (present) present.push(grant)
    else grants.set(key, [grant])
  })
}

/** As upstream's listers say it, with the singular for a resource. */
function missingRole({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${goQuote(name)} not found`
}

function subjectKey(
  { kind, name, namespace }: RbacV1.Subject,
  bindingNamespace: string,
): string | undefined {
  switch (kind) {
    case 'User':
      return `User/${name}`
    case 'Group':
      return `Group/${name}`
    case 'ServiceAccount': {
      const home = namespace || bindingNamespace
      return home === '' ? undefined : `User/system:serviceaccount:${home}:${name}`
    }
    default:
      return undefined
  }
}

function describeSubject(
  { kind, name, namespace }: RbacV1.Subject,
  bindingNamespace: string,
): string {
  if (kind !== 'ServiceAccount') return `${kind} ${goQuote(name)}`
  return `${kind} ${goQuote(`${name}/${namespace || bindingNamespace}`)}`
}

/** All grants of a user in the order of the bindings, each binding once by its first subject. */
function grantsOf(grants: GrantsBySubject | undefined, user: UserInfo): readonly Grant[] {
  if (!grants) return []
  const found = [`User/${user.name}`, ...user.groups.map((group) => `Group/${group}`)]
    .flatMap((key) => grants.get(key) ?? [])
    .sort((a, b) => a.order - b.order)
  return found.filter(({ order }, i) => Math.floor(order) !== Math.floor(found[i - 1]?.order ?? -1))
}
