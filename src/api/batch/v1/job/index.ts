import type { Job } from '../../../generated/types/batch-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const jobs = defineResource<Job>(
  { group: 'batch', version: 'v1', kind: 'Job' },
  { columns: [nameColumn, ageColumn] },
)
