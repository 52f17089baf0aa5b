import type { IngressClass } from '../../../generated/types/networking-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const ingressClasses = defineResource<IngressClass>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass' },
  { columns: [nameColumn, ageColumn] },
)
