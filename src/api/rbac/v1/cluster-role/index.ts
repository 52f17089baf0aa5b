import { pathSegmentName } from '#machinery/validation'
import type { ClusterRole } from '../../../generated/types/rbac-v1.ts'
import { createdAtColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { rbacGroup, validateAggregation, validateRules } from '../validation.ts'

/** ClusterRoles name permissions for the whole cluster. */
export const clusterRoles = defineResource<ClusterRole>(
  { group: rbacGroup, version: 'v1', kind: 'ClusterRole' },
  {
    columns: [nameColumn, createdAtColumn],
    checkName: pathSegmentName,
    allowCreateOnUpdate: true,
    validate: (role) => [...validateRules(role.rules, false), ...validateAggregation(role)],
  },
)
