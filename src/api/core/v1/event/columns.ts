import { ageOf, type Column } from '#machinery'
import type { Event } from '../../../generated/types/index.ts'
import { integer, nameColumn, text, wide } from '../../../shared/columns.ts'

export const eventColumns: readonly Column<Event>[] = [
  text('Last Seen', lastSeen),
  text('Type', ({ type }) => type ?? ''),
  text('Reason', ({ reason }) => reason ?? ''),
  text('Object', ({ involvedObject: { kind = '', name } }) =>
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
  ),
  ...wide<Event>(
    text('Subobject', ({ involvedObject }) => involvedObject.fieldPath ?? ''),
    text('Source', sourceText),
  ),
  text('Message', ({ message = '' }) => message.trim()),
  ...wide<Event>(
    text('First Seen', firstSeen),
    integer('Count', ({ series, count }) => series?.count ?? (count || 1)),
    nameColumn,
  ),
]

function firstSeen({ firstTimestamp, eventTime }: Event, nowMs: number): string {
  return ageOf(firstTimestamp ?? eventTime, nowMs)
}

function lastSeen(event: Event, nowMs: number): string {
  const last = event.series?.lastObservedTime ?? event.lastTimestamp
  return last ? ageOf(last, nowMs) : firstSeen(event, nowMs)
}

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || ''
  const host = source?.host || reportingInstance
  return host ? `${component}, ${host}` : component
}
