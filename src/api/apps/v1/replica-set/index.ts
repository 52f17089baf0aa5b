import type { ReplicaSet } from '../../../generated/types/apps-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const replicaSets = defineResource<ReplicaSet>(
  { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
  { columns: [nameColumn, ageColumn] },
)
