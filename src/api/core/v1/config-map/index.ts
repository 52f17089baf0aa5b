import type { ConfigMap } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const configMaps = defineResource<ConfigMap>(
  { group: '', version: 'v1', kind: 'ConfigMap' },
  { columns: [nameColumn, ageColumn] },
)
