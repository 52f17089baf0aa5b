import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import { inDeletionOrder } from '../shared/pods.ts'
import { completedIndexes, indexOf, isIndexed, type Observed, type Tally } from './observed.ts'

/** How a Job ends. */
export interface End {
  readonly kind: 'complete' | 'failed'
  readonly reason: string
  readonly message: string
}

export interface Plan {
  /** One entry per pod to create: its index, or undefined in a Job without indexes. */
  readonly create: readonly (number | undefined)[]
  readonly remove: readonly Stored<Pod>[]
  /** Pods are wanted, but only after the back-off. */
  readonly againInMs?: number
}

/** First and longest wait after failures (upstream: DefaultJobPodFailureBackOff, Max…). */
const firstBackOffMs = 10_000
const longestBackOffMs = 600_000

/** Whether the Job has ended, and how; undefined while it goes on. */
export function judgeEnd(observed: Observed, counted: Tally, nowMs: number): End | undefined {
  const { job } = observed
  const { backoffLimit = 6, activeDeadlineSeconds, completions, suspend } = job.spec ?? {}
  if (counted.failed > backoffLimit || restartsExceed(job, counted.active, backoffLimit)) {
    const message = 'Job has reached the specified backoff limit'
    return { kind: 'failed', reason: 'BackoffLimitExceeded', message }
  }
  const startMs = Date.parse(job.status?.startTime ?? '')
  if (!suspend && activeDeadlineSeconds !== undefined) {
    if (nowMs - startMs >= activeDeadlineSeconds * 1000) {
      const message = 'Job was active longer than specified deadline'
      return { kind: 'failed', reason: 'DeadlineExceeded', message }
    }
  }
  const succeeded = isIndexed(job) ? completedIndexes(observed).size : counted.succeeded
  const isDone =
    completions === undefined
      ? succeeded > 0 && counted.active.length === 0
      : succeeded >= completions && counted.active.length === 0
  if (!isDone) return undefined
  const message = 'Reached expected number of succeeded pods'
  return { kind: 'complete', reason: 'CompletionsReached', message }
}

/** Containers restarted in place count too, where pods are told to (upstream: pastBackoffLimitOnFailure). */
function restartsExceed(job: Job, active: readonly Stored<Pod>[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  const statuses = active
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ])
  const restarts = statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** Which pods to create or delete while the Job goes on (upstream: manageJob). */
export function planPods(observed: Observed, counted: Tally, nowMs: number): Plan {
  const { job } = observed
  const { active, terminating } = counted
  if (job.spec?.suspend) return { create: [], remove: active }
  const wanted = wantedActive(observed, counted)
  if (active.length > wanted) {
    const order = inDeletionOrder(active, () => 0, nowMs)
    return { create: [], remove: order.slice(0, active.length - wanted) }
  }
  const waitsForLeaving = job.spec?.podReplacementPolicy === 'Failed' ? terminating.length : 0
  const count = wanted - active.length - waitsForLeaving
  if (count <= 0) return { create: [], remove: [] }
  const againInMs = backOffMs(observed, nowMs)
  if (againInMs > 0) return { create: [], remove: [], againInMs }
  return {
    create: isIndexed(job) ? freeIndexes(observed, counted, count) : blanks(count),
    remove: [],
  }
}

function blanks(count: number): readonly undefined[] {
  return Array.from({ length: count }, () => undefined)
}

function wantedActive(observed: Observed, { active, succeeded }: Tally): number {
  const { parallelism = 1, completions } = observed.job.spec ?? {}
  if (completions === undefined) {
    // A work queue: once one pod has found it empty, no new ones are started.
    return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism
  }
  const done = isIndexed(observed.job) ? completedIndexes(observed).size : succeeded
  return Math.max(0, Math.min(completions - done, parallelism))
}

/** The lowest indexes that are neither done nor being worked on. */
function freeIndexes(observed: Observed, counted: Tally, count: number): readonly number[] {
  const { completions = 0, podReplacementPolicy } = observed.job.spec ?? {}
  const taken = new Set(completedIndexes(observed))
  const busy = podReplacementPolicy === 'Failed' ? counted.terminating : []
  for (const pod of [...counted.active, ...busy]) taken.add(indexOf(pod) ?? -1)
  const free: number[] = []
  for (let index = 0; index < completions && free.length < count; index++) {
    if (!taken.has(index)) free.push(index)
  }
  return free
}

/** The wait doubles with every failure since the last success, counted from the last failure. */
function backOffMs({ pods }: Observed, nowMs: number): number {
  const lastSuccessMs = Math.max(
    ...pods.filter(({ status }) => status?.phase === 'Succeeded').map(endedMs),
    Number.NEGATIVE_INFINITY,
  )
  const failures = pods
    .filter(({ status }) => status?.phase === 'Failed')
    .map(endedMs)
    .filter((atMs) => atMs > lastSuccessMs)
  if (failures.length === 0) return 0
  const waitMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** (failures.length - 1))
  return Math.max(...failures) + waitMs - nowMs
}

/** When the pod's last container ended, or else when the pod was deleted or made. */
function endedMs({ metadata, status }: Stored<Pod>): number {
  const times = (status?.containerStatuses ?? []).map(({ state }) =>
    Date.parse(state?.terminated?.finishedAt ?? ''),
  )
  const known = times.filter((ms) => !Number.isNaN(ms))
  if (known.length > 0) return Math.max(...known)
  return Date.parse(metadata.deletionTimestamp ?? metadata.creationTimestamp)
}
