import type { Deployment } from '../../../generated/types/extensions-v1beta1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const legacyDeployments = defineResource<Deployment>(
  { group: 'extensions', version: 'v1beta1', kind: 'Deployment' },
  { columns: [nameColumn, ageColumn] },
)
