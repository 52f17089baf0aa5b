import type { DaemonSet } from '../../../generated/types/extensions-v1beta1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const legacyDaemonSets = defineResource<DaemonSet>(
  { group: 'extensions', version: 'v1beta1', kind: 'DaemonSet' },
  { columns: [nameColumn, ageColumn] },
)
