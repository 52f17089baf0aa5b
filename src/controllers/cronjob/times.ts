import type { CronJob } from '#api'
import type { Stored } from '#machinery'

/** The next time of a schedule after a moment; undefined where there is none. */
export type Next = (afterMs: number) => number | undefined

export interface Times {
  /** Since when times count: the last one that was run, or when the CronJob was made. */
  readonly sinceMs: number
  /** The last one that has come; undefined when none has. */
  readonly recentMs?: number
  /** How many came before it (upstream: missedSchedulesType). */
  readonly missed: 'none' | 'few' | 'many'
  readonly error?: string
}

const many = 100
/** What clocks may differ by (upstream: nextScheduleDelta). */
const paddingMs = 100

/** Upstream's mostRecentScheduleTime, with its rough count of what was missed. */
export function timesOf(
  { metadata, spec, status }: Stored<CronJob>,
  next: Next,
  nowMs: number,
  withDeadline: boolean,
): Times {
  const { startingDeadlineSeconds } = spec
  let sinceMs = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp)
  if (withDeadline && startingDeadlineSeconds !== undefined) {
    // Nothing that is too late is run any more.
    sinceMs = Math.max(sinceMs, nowMs - startingDeadlineSeconds * 1000)
  }
  const first = next(sinceMs)
  const second = first === undefined ? undefined : next(first)
  if (first !== undefined && nowMs < first) return { sinceMs, missed: 'none' }
  if (second !== undefined && first !== undefined && nowMs < second) {
    return { sinceMs, recentMs: first, missed: 'none' }
  }
  if (first === undefined || second === undefined || second - first < 1000) {
    const error = 'time difference between two schedules is less than 1 second'
    return { sinceMs, missed: 'none', error }
  }
  const count = Math.floor((nowMs - first) / (second - first)) + 1
  // One period back, for schedules whose periods differ.
  const recentMs = lastUntil(nowMs, first + (count - 2) * (second - first), next)
  const missed = count > many ? 'many' : 'few'
  return { sinceMs, missed, ...(recentMs === undefined ? {} : { recentMs }) }
}

function lastUntil(nowMs: number, afterMs: number, next: Next): number | undefined {
  let last: number | undefined
  for (let at = next(afterMs); at !== undefined && at <= nowMs; at = next(at)) last = at
  return last
}

/** Until the next time is to be looked at; undefined where none comes (upstream: nextScheduleTimeDuration). */
export function untilNext(cronJob: Stored<CronJob>, next: Next, nowMs: number): number | undefined {
  const { sinceMs, recentMs, missed, error } = timesOf(cronJob, next, nowMs, false)
  const fromMs = error !== undefined ? nowMs : (recentMs ?? (missed === 'none' ? sinceMs : nowMs))
  const nextMs = next(fromMs)
  return nextMs === undefined ? undefined : Math.max(0, nextMs + paddingMs - nowMs)
}
