import { type CronJob, isTimeZone, nextTimeMs, type ObjectReference, parseSchedule } from '#api'
import type { EventInput } from '#client'
import type { Stored } from '#machinery'

import { jobName } from './job.ts'
import { type Next, timesOf, untilNext } from './times.ts'

/** What a CronJob is to do now. */
export type CronJobDecision =
  | CronJobStart
  | Wait
  | { readonly kind: 'nothing'; readonly events: readonly EventInput[] }

export interface CronJobStart {
  readonly kind: 'start'
  readonly scheduledMs: number
  /** Jobs that are to go first. */
  readonly replace: readonly ObjectReference[]
  readonly events: readonly EventInput[]
}

interface Wait {
  readonly kind: 'wait'
  readonly againInMs: number | undefined
  readonly events: readonly EventInput[]
}

/** Whether a time of its schedule has come that is to be run (upstream: syncCronJob). */
export function planStart(cronJob: Stored<CronJob>, nowMs: number): CronJobDecision {
  const { metadata, spec } = cronJob
  if (metadata.deletionTimestamp) return nothing()
  const { timeZone, schedule } = spec
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    return nothing(
      'UnknownTimeZone',
      `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`,
    )
  }
  if (spec.suspend) return nothing()
  const next = nextOf(cronJob)
  if (typeof next === 'string') {
    return nothing('UnparseableSchedule', `unparseable schedule: "${schedule}" : ${next}`)
  }
  const { recentMs, missed, error } = timesOf(cronJob, next, nowMs, true)
  if (error) return nothing('InvalidSchedule', `invalid schedule: ${schedule} : ${error}`)
  const wait = (...events: readonly EventInput[]): Wait => ({
    ...{ kind: 'wait', events },
    againInMs: untilNext(cronJob, next, nowMs),
  })
  if (recentMs === undefined) return wait()
  const events = missed === 'many' ? [tooMany] : []
  if (isTooLate(cronJob, recentMs, nowMs)) return wait(...events, missedAt(recentMs))
  if (isRun(cronJob, recentMs)) return wait(...events)
  const active = cronJob.status?.active ?? []
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) return wait(...events, forbidden)
  const replace = spec.concurrencyPolicy === 'Replace' ? active : []
  return { kind: 'start', scheduledMs: recentMs, replace, events }
}

/** Until its next time, by the schedule and what it has run; undefined where none comes. */
export function untilNextMs(cronJob: Stored<CronJob>, nowMs: number): number | undefined {
  const next = nextOf(cronJob)
  return typeof next === 'string' ? undefined : untilNext(cronJob, next, nowMs)
}

/** The schedule by the clocks of its zone, or what is wrong with it. */
function nextOf({ spec }: CronJob): Next | string {
  const parsed = parseSchedule(spec.schedule)
  if (typeof parsed === 'string') return parsed
  return (afterMs) => nextTimeMs(parsed, afterMs, spec.timeZone)
}

function isTooLate({ spec }: CronJob, scheduledMs: number, nowMs: number): boolean {
  const { startingDeadlineSeconds: seconds } = spec
  return seconds !== undefined && scheduledMs + seconds * 1000 < nowMs
}

function isRun(cronJob: Stored<CronJob>, scheduledMs: number): boolean {
  const { active = [], lastScheduleTime } = cronJob.status ?? {}
  const name = jobName(cronJob, scheduledMs)
  return (
    active.some((job) => job.name === name) || Date.parse(lastScheduleTime ?? '') === scheduledMs
  )
}

function nothing(reason?: string, message = ''): CronJobDecision {
  return { kind: 'nothing', events: reason ? [{ type: 'Warning', reason, message }] : [] }
}

const tooMany: EventInput = {
  type: 'Warning',
  reason: 'TooManyMissedTimes',
  message:
    'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
}

const forbidden: EventInput = {
  type: 'Normal',
  reason: 'JobAlreadyActive',
  message: 'Not starting job because prior execution is running and concurrency policy is Forbid',
}

function missedAt(scheduledMs: number): EventInput {
  // `Thu, 01 Jan 2026 12:00:00 +0000`, as Go's RFC1123Z.
  const time = new Date(scheduledMs).toUTCString().replace('GMT', '+0000')
  const message = `Missed scheduled time to start a job: ${time}`
  return { type: 'Warning', reason: 'MissSchedule', message }
}
