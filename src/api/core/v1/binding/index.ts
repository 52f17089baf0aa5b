import type { Binding } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const bindings = defineResource<Binding>(
  { group: '', version: 'v1', kind: 'Binding' },
  { columns: [nameColumn, ageColumn] },
)
