import type { StatefulSet } from '../../../generated/types/apps-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const statefulSets = defineResource<StatefulSet>(
  { group: 'apps', version: 'v1', kind: 'StatefulSet' },
  { columns: [nameColumn, ageColumn] },
)
