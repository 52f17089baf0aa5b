import type { DaemonSet } from '../../../generated/types/apps-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const daemonSets = defineResource<DaemonSet>(
  { group: 'apps', version: 'v1', kind: 'DaemonSet' },
  { columns: [nameColumn, ageColumn] },
)
