import type { KubeObject, Stored } from '#machinery'
import { eventColumns } from '../../../core/v1/event/columns.ts'
import { events } from '../../../core/v1/event/index.ts'
import type { Event as CoreEvent } from '../../../generated/types/core-v1.ts'
import type { Event } from '../../../generated/types/events-v1.ts'
import { change } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'

/** The fields that the two groups call by different names. */
const names = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['reportingController', 'reportingComponent'],
] as const satisfies readonly (readonly [keyof Event, keyof CoreEvent])[]

/** Upstream: `AddFieldLabelConversionsForEvent` of events/v1, which knows no `source`. */
const fieldNames = Object.fromEntries(
  Object.keys(events.selectableFields ?? {})
    .filter((name) => name !== 'source')
    .map((name) => [
      name
        .replace('involvedObject.', 'regarding.')
        .replace('reportingComponent', 'reportingController'),
      name,
    ]),
)

/** Events of the group events.k8s.io are a view of the same stored events. */
export const eventsV1Events = defineResource<Event>(
  { group: 'events.k8s.io', version: 'v1', kind: 'Event' },
  {
    columns: eventColumns.map((column) => ({
      ...column,
      value: (event: Stored<Event>, nowMs: number) =>
        column.value({ ...toCore(event), ...metaOf(event) } as Stored<CoreEvent>, nowMs),
    })),
    allowCreateOnUpdate: true,
    timeToLiveSeconds: events.timeToLiveSeconds ?? 0,
    view: {
      of: events,
      toStored: toCore,
      fromStored: (event) => toNew(event as CoreEvent),
      fieldNames,
    },
  },
)

function metaOf({ apiVersion, kind, metadata }: Stored<Event>): KubeObject {
  return { apiVersion, kind, metadata }
}

function toCore(event: Event): CoreEvent {
  const renamed = names.map(([own, core]) => [core, event[own]] as const)
  const rest = change<Event>(event, Object.fromEntries(names.map(([own]) => [own, undefined])))
  return withMembers(rest, renamed) as unknown as CoreEvent
}

function toNew(event: CoreEvent): Event {
  const renamed = names.map(([own, core]) => [own, event[core]] as const)
  const rest = change<CoreEvent>(
    event,
    Object.fromEntries(names.map(([, core]) => [core, undefined])) as never,
  )
  return withMembers(rest, renamed) as unknown as Event
}

function withMembers(
  object: object,
  members: readonly (readonly [string, unknown])[],
): Readonly<Record<string, unknown>> {
  const given = members.filter(([, value]) => value !== undefined)
  return { ...object, ...Object.fromEntries(given) }
}
