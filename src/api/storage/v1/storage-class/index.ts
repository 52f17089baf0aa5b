import type { StorageClass } from '../../../generated/types/storage-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const storageClasses = defineResource<StorageClass>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass' },
  { columns: [nameColumn, ageColumn] },
)
