import type { Node } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const nodes = defineResource<Node>(
  { group: '', version: 'v1', kind: 'Node' },
  { columns: [nameColumn, ageColumn] },
)
