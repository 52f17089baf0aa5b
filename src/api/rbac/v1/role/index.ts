import { pathSegmentName } from '#machinery/validation'
import type { Role } from '../../../generated/types/rbac-v1.ts'
import { createdAtColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { rbacGroup, validateRules } from '../validation.ts'

/** Roles name permissions in one namespace. */
export const roles = defineResource<Role>(
  { group: rbacGroup, version: 'v1', kind: 'Role' },
  {
    columns: [nameColumn, createdAtColumn],
    checkName: pathSegmentName,
    allowCreateOnUpdate: true,
    validate: (role) => validateRules(role.rules, true),
  },
)
