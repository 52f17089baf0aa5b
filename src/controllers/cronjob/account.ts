import type { CronJob, CronJobStatus, Job, ObjectReference } from '#api'
import type { EventInput } from '#client'
import { hasCondition, type Stored } from '#machinery'
import { finishedAs } from './history.ts'

export interface Account {
  readonly status: CronJobStatus
  readonly events: readonly EventInput[]
  /** Jobs that run, of which the status says nothing. */
  readonly unknown: readonly Stored<Job>[]
  /** Jobs that run by the status, but have not been seen. */
  readonly missing: readonly ObjectReference[]
}

/** What has become of the Jobs that a CronJob knew to run (upstream: syncCronJob). */
export function account(cronJob: Stored<CronJob>, jobs: readonly Stored<Job>[]): Account {
  const { active = [], lastSuccessfulTime, ...rest } = cronJob.status ?? {}
  const known = new Set(active.map(({ uid }) => uid))
  const over = new Map(jobs.flatMap((job) => endOf(job)))
  const events = jobs
    .filter(({ metadata }) => known.has(metadata.uid) && over.has(metadata.uid))
    .map(({ metadata: { name, uid } }) => sawCompletedJob(name, over.get(uid) ?? ''))
  const seen = new Set(jobs.map(({ metadata }) => metadata.uid))
  const left = active.filter(({ uid = '' }) => !over.has(uid))
  const times = jobs.flatMap((job) => successTime(job))
  const latest = [lastSuccessfulTime, ...times].filter((time) => time !== undefined).toSorted()
  return {
    status: withActive({ ...rest, ...lastOf(latest) }, left),
    events,
    unknown: jobs.filter(({ metadata: { uid } }) => !known.has(uid) && !over.has(uid)),
    missing: left.filter(({ uid = '' }) => !seen.has(uid)),
  }
}

function sawCompletedJob(name: string, condition: string): EventInput {
  const message = `Saw completed job: ${name}, condition: ${condition}`
  return { type: 'Normal', reason: 'SawCompletedJob', message }
}

function endOf(job: Stored<Job>): readonly (readonly [string, string])[] {
  const end = finishedAs(job)
  return end === undefined ? [] : [[job.metadata.uid, end]]
}

function successTime({ status }: Job): readonly string[] {
  const { completionTime } = status ?? {}
  return completionTime && hasCondition(status?.conditions, 'Complete') ? [completionTime] : []
}

function lastOf(times: readonly string[]): CronJobStatus {
  const last = times.at(-1)
  return last === undefined ? {} : { lastSuccessfulTime: last }
}

/** The status with other Jobs that run; none is no list. */
export function withActive(
  { active: _, ...status }: CronJobStatus,
  active: readonly ObjectReference[],
): CronJobStatus {
  return { ...status, ...(active.length > 0 ? { active } : {}) }
}
