import type { ResourceQuota } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const resourceQuotas = defineResource<ResourceQuota>(
  { group: '', version: 'v1', kind: 'ResourceQuota' },
  { columns: [nameColumn, ageColumn] },
)
