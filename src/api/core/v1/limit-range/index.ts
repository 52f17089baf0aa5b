import type { LimitRange } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const limitRanges = defineResource<LimitRange>(
  { group: '', version: 'v1', kind: 'LimitRange' },
  { columns: [nameColumn, ageColumn] },
)
