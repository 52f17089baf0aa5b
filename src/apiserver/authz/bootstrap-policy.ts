import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '#api'
import { clusterRole, clusterRoleBinding, toAccount, toGroup, toUser } from './bootstrap/make.ts'
import { namespaceRoleBindings, namespaceRoles } from './bootstrap/namespace-roles.ts'
import { systemRoles } from './bootstrap/system-roles.ts'
import { userRoles } from './bootstrap/user-roles.ts'
import { mastersGroup } from './privileged.ts'

/** What RBAC starts from; upstream makes it at every start and repairs what is missing in it. */
export interface BootstrapPolicy {
  readonly clusterRoles: readonly ClusterRole[]
  readonly clusterRoleBindings: readonly ClusterRoleBinding[]
  readonly roles: readonly Role[]
  readonly roleBindings: readonly RoleBinding[]
}

/** What a controller declares of itself. */
export interface ControllerPermissions {
  readonly name: string
  readonly permissions: readonly PolicyRule[]
}

const authenticated = toGroup('system:authenticated')
const unauthenticated = toGroup('system:unauthenticated')
const dnsAccount = toAccount('kube-system', 'kube-dns')

/** A role and its binding of the same name. */
const bindings: Readonly<Record<string, ClusterRoleBinding['subjects']>> = {
  'system:monitoring': [toGroup('system:monitoring')],
  'system:discovery': [authenticated],
  'system:basic-user': [authenticated],
  'system:public-info-viewer': [authenticated, unauthenticated],
  'system:node-proxier': [toUser('system:kube-proxy')],
  // What answers names on a node is told them by its proxy, and needs to know which namespaces there are.
  'knarr:node-dns': [toUser('system:kube-proxy')],
  // The same proxy restricts the pods of its node, which policies select and name by labels.
  'knarr:node-policies': [toUser('system:kube-proxy')],
  'system:kube-controller-manager': [toUser('system:kube-controller-manager')],
  'system:kube-dns': [dnsAccount],
  'system:kube-scheduler': [toUser('system:kube-scheduler')],
  'system:volume-scheduler': [toUser('system:kube-scheduler')],
  // The node authorizer grants what nodes need; the binding stays for those who name it.
  'system:node': [],
  'system:service-account-issuer-discovery': [toGroup('system:serviceaccounts')],
}

/** Upstream's default roles and bindings, and those of the controllers. */
export function bootstrapPolicy(controllers: readonly ControllerPermissions[]): BootstrapPolicy {
  const own = controllerRoles(controllers)
  return {
    clusterRoles: [...userRoles, ...systemRoles, ...own.clusterRoles],
    clusterRoleBindings: [
      clusterRoleBinding('cluster-admin', 'cluster-admin', [toGroup(mastersGroup)]),
      ...Object.entries(bindings).map(([name, subjects = []]) =>
        clusterRoleBinding(name, name, subjects),
      ),
      ...own.clusterRoleBindings,
    ],
    roles: namespaceRoles,
    roleBindings: namespaceRoleBindings,
  }
}

/** For each controller a role of the union of its rules, bound to its service account. */
function controllerRoles(
  controllers: readonly ControllerPermissions[],
): Pick<BootstrapPolicy, 'clusterRoles' | 'clusterRoleBindings'> {
  const title = (name: string) => `system:controller:${name}`
  return {
    clusterRoles: controllers.map(({ name, permissions }) => clusterRole(title(name), permissions)),
    clusterRoleBindings: controllers.map(({ name }) =>
      clusterRoleBinding(title(name), title(name), [toAccount('kube-system', name)]),
    ),
  }
}
