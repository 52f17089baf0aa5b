import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import { announcedEnd, type End } from './end.ts'
import { judgeFailure } from './failure-policy.ts'
import { isFailed, isIndexed, type Observed } from './observed.ts'
import { successByPolicy } from './success-policy.ts'
import type { PodTally } from './tally.ts'

/** Whether the Job is to end, and how, before its pods are looked after; undefined while it goes on. */
export function judgeEnd(observed: Observed, counted: PodTally, nowMs: number): End | undefined {
  const { job, pods } = observed
  const announced = announcedEnd(job)
  if (announced) return announced
  for (const pod of pods) {
    if (!isFailed(job, pod)) continue
    const { failsJob } = judgeFailure(job.spec?.podFailurePolicy, pod)
    if (failsJob !== undefined) return failure('PodFailurePolicy', failsJob)
  }
  return judgeLimits(observed, counted, nowMs) ?? judgeIndexes(job, counted)
}

function judgeLimits({ job, pods }: Observed, counted: PodTally, nowMs: number): End | undefined {
  const { backoffLimit = 6, activeDeadlineSeconds, suspend } = job.spec ?? {}
  if (counted.failed > backoffLimit || restartsExceed(job, pods, backoffLimit)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  }
  const startMs = Date.parse(job.status?.startTime ?? '')
  if (suspend || activeDeadlineSeconds === undefined) return undefined
  if (!(nowMs - startMs >= activeDeadlineSeconds * 1000)) return undefined
  return failure('DeadlineExceeded', 'Job was active longer than specified deadline')
}

function judgeIndexes(job: Job, { succeededIndexes, failedIndexes }: PodTally): End | undefined {
  const { completions = 0, maxFailedIndexes, successPolicy } = job.spec ?? {}
  if (!isIndexed(job)) return undefined
  if (maxFailedIndexes !== undefined && failedIndexes.size > maxFailedIndexes) {
    const message = 'Job has exceeded the specified maximal number of failed indexes'
    return failure('MaxFailedIndexesExceeded', message)
  }
  if (failedIndexes.size > 0 && failedIndexes.size + succeededIndexes.size >= completions) {
    return failure('FailedIndexes', 'Job has failed indexes')
  }
  const message = successByPolicy(successPolicy, completions, succeededIndexes)
  return message === undefined ? undefined : { kind: 'complete', reason: 'SuccessPolicy', message }
}

function failure(reason: string, message: string): End {
  return { kind: 'failed', reason, message }
}

/** Whether all is done, with so many pods left that work. */
export function judgeCompletion(
  { spec }: Job,
  { succeeded }: PodTally,
  active: number,
): End | undefined {
  const isDone = succeeded > 0 || spec?.completions === 0
  if (active > 0 || !isDone || succeeded < (spec?.completions ?? 0)) return undefined
  const message = 'Reached expected number of succeeded pods'
  return { kind: 'complete', reason: 'CompletionsReached', message }
}

/** Containers restarted in place count too, where pods are told to (upstream: pastBackoffLimitOnFailure). */
function restartsExceed(job: Job, pods: readonly Stored<Pod>[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  const statuses = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ])
  const restarts = statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}
