import type { ReplicaSet } from '../../../generated/types/extensions-v1beta1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const legacyReplicaSets = defineResource<ReplicaSet>(
  { group: 'extensions', version: 'v1beta1', kind: 'ReplicaSet' },
  { columns: [nameColumn, ageColumn] },
)
