import type { Ingress } from '../../../generated/types/extensions-v1beta1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const legacyIngresses = defineResource<Ingress>(
  { group: 'extensions', version: 'v1beta1', kind: 'Ingress' },
  { columns: [nameColumn, ageColumn] },
)
