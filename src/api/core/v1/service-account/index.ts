import type { ServiceAccount } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const serviceAccounts = defineResource<ServiceAccount>(
  { group: '', version: 'v1', kind: 'ServiceAccount' },
  { columns: [nameColumn, ageColumn] },
)
