import type { Event } from '../../../generated/types/core-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const events = defineResource<Event>(
  { group: '', version: 'v1', kind: 'Event' },
  { columns: [nameColumn, ageColumn] },
)
