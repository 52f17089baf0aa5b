import type { CSINode } from '../../../generated/types/storage-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const csiNodes = defineResource<CSINode>(
  { group: 'storage.k8s.io', version: 'v1', kind: 'CSINode' },
  { columns: [nameColumn, ageColumn] },
)
