import type { ReplicationController } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const replicationControllers = defineResource<ReplicationController>(
  { group: '', version: 'v1', kind: 'ReplicationController' },
  { columns: [nameColumn, ageColumn] },
)
