import { isPodReady, type Job, type JobCondition, type JobStatus } from '#api'
import { findCondition, formatTime, hasCondition, type Stored, setCondition } from '#machinery'
import {
  completedIndexes,
  formatIndexes,
  isIndexed,
  isTracked,
  type Observed,
  type Tally,
} from './observed.ts'
import type { End } from './plan.ts'

/** True once the Job carries Complete or Failed: nothing is done for it any more. */
export function isFinished({ status }: Job): boolean {
  return hasCondition(status?.conditions, 'Complete') || hasCondition(status?.conditions, 'Failed')
}

/** The end that has been announced, while the last pods are still leaving. */
export function announcedEnd({ status }: Job): End | undefined {
  for (const { kind, target } of ends) {
    const found = findCondition(status?.conditions, target)
    if (found?.status === 'True') {
      return { kind, reason: found.reason ?? '', message: found.message ?? '' }
    }
  }
  return undefined
}

const ends = [
  { kind: 'failed', target: 'FailureTarget', final: 'Failed' },
  { kind: 'complete', target: 'SuccessCriteriaMet', final: 'Complete' },
] as const

/**
 * The status after a pass. An ended pod first stands among the uncounted ones, loses its finalizer,
 * and only then moves to the counters: however often this is interrupted, it is counted once.
 */
export function jobStatus(
  observed: Observed,
  counted: Tally,
  pass: { readonly end: End | undefined; readonly nowMs: number },
): JobStatus {
  const { job } = observed
  const { nowMs } = pass
  const suspended = job.spec?.suspend === true
  const { startTime, completionTime } = job.status ?? {}
  const uncounted = settleUncounted(observed, counted)
  const started = startTime ?? formatTime(nowMs)
  const isSettled = uncounted.succeeded.length + uncounted.failed.length === 0
  const isOver = counted.active.length + counted.terminating.length === 0 && isSettled
  const conditions = conditionsOf(job, { ...pass, isOver, suspended })
  const isComplete = hasCondition(conditions, 'Complete')
  const completed = isComplete ? (completionTime ?? formatTime(nowMs)) : undefined
  return {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(suspended && !pass.end ? {} : { startTime: started }),
    ...(completed ? { completionTime: completed } : {}),
    ...positive('active', counted.active.length),
    ...positive('succeeded', uncounted.succeededCount),
    ...positive('failed', uncounted.failedCount),
    terminating: counted.terminating.length,
    ready: counted.active.filter((pod) => isPodReady(pod)).length,
    ...(isIndexed(job) ? { completedIndexes: formatIndexes(completedIndexes(observed)) } : {}),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length > 0 ? { succeeded: uncounted.succeeded } : {}),
      ...(uncounted.failed.length > 0 ? { failed: uncounted.failed } : {}),
    },
  }
}

function positive(name: string, count: number): Readonly<Record<string, number>> {
  return count > 0 ? { [name]: count } : {}
}

function settleUncounted({ job, pods }: Observed, { newSucceeded, newFailed }: Tally) {
  const { uncountedTerminatedPods: held, succeeded = 0, failed = 0 } = job.status ?? {}
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid))
  const split = (uids: readonly string[] = []) => ({
    waiting: uids.filter((uid) => tracked.has(uid)),
    released: uids.filter((uid) => !tracked.has(uid)).length,
  })
  const [good, bad] = [split(held?.succeeded), split(held?.failed)]
  const uidOf = ({ metadata }: Stored) => metadata.uid
  return {
    succeeded: [...good.waiting, ...newSucceeded.map(uidOf)],
    failed: [...bad.waiting, ...newFailed.map(uidOf)],
    succeededCount: succeeded + good.released,
    failedCount: failed + bad.released,
  }
}

interface Circumstances {
  readonly end: End | undefined
  readonly nowMs: number
  readonly isOver: boolean
  readonly suspended: boolean
}

function conditionsOf(job: Job, circumstances: Circumstances): readonly JobCondition[] {
  const { end, nowMs, isOver, suspended } = circumstances
  let conditions = job.status?.conditions ?? []
  if (end) {
    const { reason, message } = end
    const names = ends.find(({ kind }) => kind === end.kind) ?? ends[0]
    for (const type of isOver ? [names.target, names.final] : [names.target]) {
      conditions = setCondition(conditions, { type, status: 'True', reason, message }, nowMs)
    }
    return conditions
  }
  if (suspended) {
    const condition = { reason: 'JobSuspended', message: 'Job suspended' }
    return setCondition(conditions, { type: 'Suspended', status: 'True', ...condition }, nowMs)
  }
  if (!hasCondition(conditions, 'Suspended')) return conditions
  const condition = { reason: 'JobResumed', message: 'Job resumed' }
  return setCondition(conditions, { type: 'Suspended', status: 'False', ...condition }, nowMs)
}

/** What the change from one status to the next is told as. */
export function eventsOf(
  { status: before }: Job,
  after: JobStatus,
): readonly { readonly type: 'Normal' | 'Warning'; reason: string; message: string }[] {
  const turned = (type: string, status = 'True') =>
    hasCondition(after.conditions, type, status) && !hasCondition(before?.conditions, type, status)
  const failure = findCondition(after.conditions, 'Failed')
  return [
    ...(turned('Complete')
      ? [{ type: 'Normal', reason: 'Completed', message: 'Job completed' } as const]
      : []),
    ...(turned('Failed')
      ? [
          {
            type: 'Warning',
            reason: failure?.reason ?? '',
            message: failure?.message ?? '',
          } as const,
        ]
      : []),
    ...(turned('Suspended')
      ? [{ type: 'Normal', reason: 'Suspended', message: 'Job suspended' } as const]
      : []),
    ...(hasCondition(before?.conditions, 'Suspended') && turned('Suspended', 'False')
      ? [{ type: 'Normal', reason: 'Resumed', message: 'Job resumed' } as const]
      : []),
  ]
}
