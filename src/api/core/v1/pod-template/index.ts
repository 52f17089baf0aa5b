import type { PodTemplate } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const podTemplates = defineResource<PodTemplate>(
  { group: '', version: 'v1', kind: 'PodTemplate' },
  { columns: [nameColumn, ageColumn] },
)
