import type { NetworkPolicy } from '../../../generated/types/networking-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const networkPolicies = defineResource<NetworkPolicy>(
  { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
  { columns: [nameColumn, ageColumn] },
)
