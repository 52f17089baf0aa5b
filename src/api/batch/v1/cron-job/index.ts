import type { CronJob } from '../../../generated/types/batch-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const cronJobs = defineResource<CronJob>(
  { group: 'batch', version: 'v1', kind: 'CronJob' },
  { columns: [nameColumn, ageColumn] },
)
