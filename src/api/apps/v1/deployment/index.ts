import type { Deployment } from '../../../generated/types/apps-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const deployments = defineResource<Deployment>(
  { group: 'apps', version: 'v1', kind: 'Deployment' },
  { columns: [nameColumn, ageColumn] },
)
