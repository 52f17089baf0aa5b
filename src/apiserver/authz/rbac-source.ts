import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#api'
import type { ObjectReader } from '../cache/object-reader.ts'
import type { RbacSource } from './rbac-rules.ts'

/**
 * RBAC's objects as the watch cache has them. `changes` differs whenever one of them changed, for
 * instance a count of commits under the prefixes of the four.
 */
export function rbacSourceOf(objects: ObjectReader, changes: () => number): RbacSource {
  return {
    changes,
    roles: () => objects.list(roles),
    roleBindings: () => objects.list(roleBindings),
    clusterRoles: () => objects.list(clusterRoles),
    clusterRoleBindings: () => objects.list(clusterRoleBindings),
  }
}
