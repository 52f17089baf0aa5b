import type { LogEntry } from './entries/entry.ts'

/** What of the event log is shown; what is not given selects everything. */
export interface LogFilter {
  /** Whether heartbeats are included. */
  readonly routine?: boolean
  /** `deployments.apps`: entries about its objects, and Events that involve them. */
  readonly resource?: string | undefined
  /** The kind of that resource, by which Events name it. */
  readonly kind?: string | undefined
  readonly name?: string | undefined
  readonly namespace?: string | undefined
  /** A reason of an Event, a condition, a state or a refusal: `FailedMount`, `Evicted`, `Forbidden`. */
  readonly reason?: string | undefined
  /** The earliest wall time, in milliseconds. */
  readonly sinceMs?: number | undefined
  /** The latest wall time, in milliseconds. */
  readonly untilMs?: number | undefined
}

/** Makes a test of whether an entry of the event log is shown. */
export function createLogFilter(filter: LogFilter): (entry: LogEntry) => boolean {
  const { routine = false, reason } = filter
  const sinceMs = filter.sinceMs ?? Number.NEGATIVE_INFINITY
  const untilMs = filter.untilMs ?? Number.POSITIVE_INFINITY
  return (entry) => {
    if (entry.routine && !routine) return false
    if (entry.wallMs < sinceMs || entry.wallMs > untilMs) return false
    if (reason !== undefined && !hasReason(entry, reason)) return false
    return isAbout(entry, filter) || involves(entry, filter)
  }
}

function isAbout({ resource, key }: LogEntry, filter: LogFilter): boolean {
  if (filter.resource !== undefined && filter.resource !== resource) return false
  return isNamed(key, filter)
}

function involves({ involved }: LogEntry, filter: LogFilter): boolean {
  if (involved === undefined) return false
  const [kind = ''] = involved.split('/', 1)
  if (filter.resource !== undefined && filter.kind !== kind) return false
  return isNamed(involved.slice(kind.length + 1), filter)
}

function isNamed(key: string, { name, namespace }: LogFilter): boolean {
  const slash = key.indexOf('/')
  if (namespace !== undefined && key.slice(0, Math.max(0, slash)) !== namespace) return false
  return name === undefined || key.slice(slash + 1) === name
}

/** Whether a reason stands as a word of its own in what changed. */
function hasReason({ changes }: LogEntry, reason: string): boolean {
  return changes.some((change) => change.split(/[^\w-]+/).includes(reason))
}
