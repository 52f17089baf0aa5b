import type { RoleBinding } from '../../../generated/types/rbac-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const roleBindings = defineResource<RoleBinding>(
  { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'RoleBinding' },
  { columns: [nameColumn, ageColumn] },
)
