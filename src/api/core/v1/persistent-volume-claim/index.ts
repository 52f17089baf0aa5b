import type { PersistentVolumeClaim } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>(
  { group: '', version: 'v1', kind: 'PersistentVolumeClaim' },
  { columns: [nameColumn, ageColumn] },
)
