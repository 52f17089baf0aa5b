import type { Pod } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const pods = defineResource<Pod>(
  { group: '', version: 'v1', kind: 'Pod' },
  { columns: [nameColumn, ageColumn] },
)
