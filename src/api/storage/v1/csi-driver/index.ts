import type { CSIDriver } from '../../../generated/types/storage-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const csiDrivers = defineResource<CSIDriver>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'CSIDriver' },
  { columns: [nameColumn, ageColumn] },
)
