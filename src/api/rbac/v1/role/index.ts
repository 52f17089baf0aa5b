import type { Role } from '../../../generated/types/rbac-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const roles = defineResource<Role>(
  { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role' },
  { columns: [nameColumn, ageColumn] },
)
