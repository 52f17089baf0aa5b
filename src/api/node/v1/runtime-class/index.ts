import type { RuntimeClass } from '../../../generated/types/node-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const runtimeClasses = defineResource<RuntimeClass>(
  { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass' },
  { columns: [nameColumn, ageColumn] },
)
