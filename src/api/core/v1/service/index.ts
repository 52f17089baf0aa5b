import type { Service } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const services = defineResource<Service>(
  { group: '', version: 'v1', kind: 'Service' },
  { columns: [nameColumn, ageColumn] },
)
