import type { ClusterRoleBinding } from '../../../generated/types/rbac-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const clusterRoleBindings = defineResource<ClusterRoleBinding>(
  { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRoleBinding' },
  { columns: [nameColumn, ageColumn] },
)
