import type { Lease } from '../../../generated/types/coordination-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const leases = defineResource<Lease>(
  { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' },
  { columns: [nameColumn, ageColumn] },
)
