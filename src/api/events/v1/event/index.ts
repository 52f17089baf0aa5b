import type { Event } from '../../../generated/types/events-v1.ts'
import { ageColumn, nameColumn } from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'

export const eventsV1Events = defineResource<Event>(
  { group: 'events.k8s.io', version: 'v1', kind: 'Event' },
  { columns: [nameColumn, ageColumn] },
)
