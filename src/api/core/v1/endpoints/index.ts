import type { Endpoints } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const endpoints = defineResource<Endpoints>(
  { group: '', version: 'v1', kind: 'Endpoints' },
  { columns: [nameColumn, ageColumn] },
)
