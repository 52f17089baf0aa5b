import type { PersistentVolume } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const persistentVolumes = defineResource<PersistentVolume>(
  { group: '', version: 'v1', kind: 'PersistentVolume' },
  { columns: [nameColumn, ageColumn] },
)
