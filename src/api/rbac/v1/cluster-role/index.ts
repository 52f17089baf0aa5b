import type { ClusterRole } from '../../../generated/types/rbac-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const clusterRoles = defineResource<ClusterRole>(
  { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole' },
  { columns: [nameColumn, ageColumn] },
)
