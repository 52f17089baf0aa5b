import { type Event, events } from '#api'
import { parseTime, type Stored } from '#machinery'
import type { Blocker, Present } from './present.ts'

interface Subject {
  readonly kind?: string
  readonly metadata: Stored['metadata']
}

/** Returns the newest warning of each of these reasons about an object, oldest first; all reasons when none are named. */
export function warningsAbout(
  { objects }: Present,
  { kind, metadata }: Subject,
  reasons?: readonly string[],
): readonly Stored<Event>[] {
  const newest = new Map<string, Stored<Event>>()
  const about = objects.list(events, metadata.namespace).filter(
    ({ type, reason, involvedObject: of }) =>
      type === 'Warning' &&
      of?.kind === kind &&
      of?.name === metadata.name &&
      // An event of a predecessor of the same name explains nothing.
      (!of?.uid || of.uid === metadata.uid || kind === 'Node') &&
      (!reasons || reasons.includes(reason ?? '')),
  )
  for (const event of [...about].sort((a, b) => timeOf(a) - timeOf(b))) {
    newest.delete(event.reason ?? '')
    newest.set(event.reason ?? '', event)
  }
  return [...newest.values()]
}

/** Tells an event as what blocks. */
export function warningBlocker(event: Stored<Event>, { seenAt }: Present): Blocker {
  const count = event.series?.count ?? event.count ?? 1
  const times = count > 1 ? ` (${count} times)` : ''
  const ownText = `${event.reason}: ${(event.message ?? '').trim()}`
  const text = `${seenAt?.(event) ?? ownText}${times}`
  return { text, wallMs: timeOf(event) }
}

function timeOf({ series, lastTimestamp, eventTime, metadata }: Stored<Event>): number {
  const text = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp
  return parseTime(text) ?? 0
}
