import { resourceList } from '../shared/define-resource.ts'
import { clusterRoles } from './v1/cluster-role/index.ts'
import { clusterRoleBindings } from './v1/cluster-role-binding/index.ts'
import { roles } from './v1/role/index.ts'
import { roleBindings } from './v1/role-binding/index.ts'

export { clusterRoles } from './v1/cluster-role/index.ts'
export { clusterRoleBindings } from './v1/cluster-role-binding/index.ts'
export { roles } from './v1/role/index.ts'
export { roleBindings } from './v1/role-binding/index.ts'

/** The kinds of rbac.authorization.k8s.io. */
export const rbacResources = resourceList([clusterRoles, clusterRoleBindings, roles, roleBindings])
