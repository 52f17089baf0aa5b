import type { Secret } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const secrets = defineResource<Secret>(
  { group: '', version: 'v1', kind: 'Secret' },
  { columns: [nameColumn, ageColumn] },
)
