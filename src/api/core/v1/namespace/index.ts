import type { Namespace } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const namespaces = defineResource<Namespace>(
  { group: '', version: 'v1', kind: 'Namespace' },
  { columns: [nameColumn, ageColumn] },
)
