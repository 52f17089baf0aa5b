import type { Job, JobCondition, JobStatus, Pod } from '#api'
import type { EventInput } from '#client'
import { findCondition, formatTime, hasCondition, type Stored } from '#machinery'
import { type End, ends } from './end.ts'
import { judgeFailure } from './failure-policy.ts'
import { formatIndexes } from './indexes.ts'
import {
  counts,
  isFailed,
  isIndexed,
  isLimitedPerIndex,
  isTracked,
  type Observed,
  ownIndexOf,
} from './observed.ts'
import type { PodTally } from './tally.ts'

/** What one look at a Job has come to. */
export interface Pass {
  readonly end: End | undefined
  /** Pods after what was created and deleted in this look. */
  readonly active: number
  readonly ready: number
  readonly terminating: number
  /** Its pods were looked after, so that it can be said whether it is suspended. */
  readonly isManaged: boolean
  readonly nowMs: number
}

/** Ended pods that one look counts at most (upstream: MaxUncountedPods). */
const mostUncounted = 500

/**
 * The status before finalizers are taken off, and the pods that lose theirs. An ended pod first
 * stands among the uncounted ones, loses its finalizer, and only then moves to the counters: however
 * often this is interrupted, it is counted once. Indexes count by themselves.
 */
export function countingStatus(
  observed: Observed,
  counted: PodTally,
  pass: Pass,
): { readonly status: JobStatus; readonly release: readonly Stored<Pod>[] } {
  const { job } = observed
  const { completions = 0 } = job.spec ?? {}
  const settled = settle(observed)
  const { release, succeeded, failed } = countEnds(observed, counted, pass.end, settled.held)
  const indexes = [...counted.succeededIndexes].filter((index) => index < completions)
  const total = isIndexed(job) ? indexes.length : settled.succeeded
  const status = {
    ...timed(job, pass),
    ...positive('active', pass.active),
    ...positive('succeeded', total),
    ...positive('failed', settled.failed),
    terminating: pass.terminating,
    ready: pass.ready,
    ...(indexes.length > 0 ? { completedIndexes: formatIndexes(indexes) } : {}),
    ...(isLimitedPerIndex(job) ? { failedIndexes: formatIndexes(counted.failedIndexes) } : {}),
    uncountedTerminatedPods: uncountedOf([...succeeded], [...failed]),
  }
  return { status, release }
}

function countEnds(
  { job, pods }: Observed,
  counted: PodTally,
  end: End | undefined,
  held: ReturnType<typeof settle>['held'],
) {
  const release: Stored<Pod>[] = []
  const [succeeded, failed] = [new Set(held.succeeded), new Set(held.failed)]
  for (const pod of pods) {
    if (succeeded.size + failed.size >= mostUncounted) break
    if (!isTracked(pod) || !mayGo(job, counted, end, pod)) continue
    release.push(pod)
    const { uid } = pod.metadata
    const isCounted = isIndexed(job) || failed.has(uid)
    if (pod.status?.phase !== 'Succeeded') {
      if (isLoss(job, end, pod)) failed.add(uid)
    } else if (!isCounted) succeeded.add(uid)
  }
  return { release, succeeded, failed }
}

/** The status after finalizers were taken off: counters, and the end once nothing holds it up. */
export function settledStatus(observed: Observed, pass: Pass): JobStatus {
  const { job } = observed
  const { succeeded: _s, failed: _f, conditions, ...rest } = job.status ?? {}
  const { held, succeeded, failed } = settle(observed)
  const isOver = held.succeeded.length + held.failed.length + pass.terminating === 0
  const isLast = pass.end !== undefined && isOver && observed.pods.every((pod) => !isTracked(pod))
  const after = pass.end && isLast ? withFinal(conditions, pass.end, pass.nowMs) : conditions
  const isNew = isLast && pass.end?.kind === 'complete' && !hasCondition(conditions, 'Complete')
  return {
    ...rest,
    ...(after ? { conditions: after } : {}),
    ...(isNew ? { completionTime: formatTime(pass.nowMs) } : {}),
    ...positive('succeeded', succeeded),
    ...positive('failed', failed),
    uncountedTerminatedPods: uncountedOf(held.succeeded, held.failed),
  }
}

/** Uncounted pods that no longer have their finalizer move to the counters. */
function settle({ job, pods }: Observed) {
  const { uncountedTerminatedPods: uncounted, succeeded = 0, failed = 0 } = job.status ?? {}
  const tracked = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid))
  const held = (uids: readonly string[] = []) => uids.filter((uid) => tracked.has(uid))
  const [good, bad] = [held(uncounted?.succeeded), held(uncounted?.failed)]
  return {
    held: { succeeded: good, failed: bad },
    succeeded: succeeded + (uncounted?.succeeded?.length ?? 0) - good.length,
    failed: failed + (uncounted?.failed?.length ?? 0) - bad.length,
  }
}

/** Whether nothing needs the pod any more (upstream: canRemoveFinalizer). */
function mayGo(
  job: Stored<Job>,
  counted: PodTally,
  end: End | undefined,
  pod: Stored<Pod>,
): boolean {
  if (job.metadata.deletionTimestamp || end || pod.status?.phase === 'Succeeded') return true
  if (!isFailed(job, pod)) return false
  const replaced = counted.toReplace.get(ownIndexOf(job, pod) ?? -1)
  return replaced?.metadata.uid !== pod.metadata.uid
}

/** Of a Job that fails every pod counts as failed that has not succeeded. */
function isLoss(job: Job, end: End | undefined, pod: Stored<Pod>): boolean {
  if (!isFailed(job, pod) && end?.kind !== 'failed') return false
  return counts(job, pod) && judgeFailure(job.spec?.podFailurePolicy, pod).counts
}

function positive(name: string, count: number): Readonly<Record<string, number>> {
  return count > 0 ? { [name]: count } : {}
}

function uncountedOf(succeeded: readonly string[], failed: readonly string[]) {
  return {
    ...(succeeded.length > 0 ? { succeeded } : {}),
    ...(failed.length > 0 ? { failed } : {}),
  }
}

/** Its conditions and times; a Job that is suspended has not started, one that is resumed starts anew. */
function timed(
  { spec, status }: Job,
  { end, isManaged, nowMs }: Pass,
): Pick<JobStatus, 'conditions' | 'startTime' | 'completionTime'> {
  const { startTime, completionTime } = status ?? {}
  const before = status?.conditions ?? []
  const isSuspended = spec?.suspend === true
  const conditions = conditionsOf(before, { end, isManaged, isSuspended, nowMs })
  const isResumed = !isSuspended && hasCondition(before, 'Suspended') && conditions !== before
  const now = formatTime(nowMs)
  const started = isResumed && !end ? now : startTime
  return {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(isSuspended ? (end && startTime ? { startTime } : {}) : { startTime: started ?? now }),
    ...(completionTime ? { completionTime } : {}),
  }
}

interface Circumstances extends Pick<Pass, 'end' | 'isManaged' | 'nowMs'> {
  readonly isSuspended: boolean
}

function conditionsOf(
  before: readonly JobCondition[],
  { end, isManaged, isSuspended, nowMs }: Circumstances,
): readonly JobCondition[] {
  if (end) {
    const type = ends.find(({ kind }) => kind === end.kind)?.target ?? ''
    return ensure(before, { type, status: 'True', ...saidOf(end) }, nowMs)
  }
  if (!isManaged) return before
  const condition = isSuspended
    ? { status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
    : { status: 'False', reason: 'JobResumed', message: 'Job resumed' }
  return ensure(before, { type: 'Suspended', ...condition }, nowMs)
}

function withFinal(
  before: readonly JobCondition[] = [],
  end: End,
  nowMs: number,
): readonly JobCondition[] {
  const type = ends.find(({ kind }) => kind === end.kind)?.final ?? ''
  return ensure(before, { type, status: 'True', ...saidOf(end) }, nowMs)
}

function saidOf({ reason, message }: End) {
  return { reason, message }
}

/** Adds or replaces a condition that says something new (upstream: ensureJobConditionStatus). */
function ensure(
  list: readonly JobCondition[],
  condition: JobCondition,
  nowMs: number,
): readonly JobCondition[] {
  const at = list.findIndex(({ type }) => type === condition.type)
  const held = list[at]
  if (!held && condition.status === 'False') return list
  const now = formatTime(nowMs)
  const next = { ...condition, lastProbeTime: now, lastTransitionTime: now }
  if (!held) return [...list, next]
  const { status, reason, message } = held
  const isSame =
    status === condition.status && reason === condition.reason && message === condition.message
  return isSame ? list : list.with(at, next)
}

/** What the change from one status to the next is told as. */
export function eventsOf({ spec, status: before }: Job, after: JobStatus): readonly EventInput[] {
  const turned = (type: string, status = 'True') =>
    hasCondition(after.conditions, type, status) && !hasCondition(before?.conditions, type, status)
  const events: EventInput[] = []
  if (turned('Complete')) {
    if (spec?.completions !== undefined && (after.succeeded ?? 0) > spec.completions) {
      const message = 'Too many succeeded pods running after completion count reached'
      events.push({ type: 'Warning', reason: 'TooManySucceededPods', message })
    }
    events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' })
  }
  if (turned('Failed')) {
    const { reason = '', message = '' } = findCondition(after.conditions, 'Failed') ?? {}
    events.push({ type: 'Warning', reason, message })
  }
  if (turned('Suspended')) {
    events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' })
  }
  if (hasCondition(before?.conditions, 'Suspended') && turned('Suspended', 'False')) {
    events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' })
  }
  return events
}
