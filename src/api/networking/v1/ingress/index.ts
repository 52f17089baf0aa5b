import type { Ingress } from '../../../generated/types/networking-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const ingresses = defineResource<Ingress>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
  { columns: [nameColumn, ageColumn] },
)
