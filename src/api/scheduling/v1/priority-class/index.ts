import type { PriorityClass } from '../../../generated/types/scheduling-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const priorityClasses = defineResource<PriorityClass>(
  { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass' },
  { columns: [nameColumn, ageColumn] },
)
