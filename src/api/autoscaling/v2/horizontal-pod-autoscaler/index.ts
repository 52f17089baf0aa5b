import type { HorizontalPodAutoscaler } from '../../../generated/types/autoscaling-v2.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>(
  { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
  { columns: [nameColumn, ageColumn] },
)
