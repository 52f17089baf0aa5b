import type { PodDisruptionBudget } from '../../../generated/types/policy-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>(
  { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
  { columns: [nameColumn, ageColumn] },
)
