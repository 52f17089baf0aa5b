import type { EndpointSlice } from '../../../generated/types/discovery-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const endpointSlices = defineResource<EndpointSlice>(
  { group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice' },
  { columns: [nameColumn, ageColumn] },
)
