import { isPodTerminal, type Pod } from '#api'
import type { Stored } from '#machinery'
import { afterEnds, noBackOff, type PodBackOff } from './back-off.ts'
import { judgeFailure } from './failure-policy.ts'
import { parseIndexes } from './indexes.ts'
import {
  completionIndex,
  counts,
  isFailed,
  isIndexed,
  isLimitedPerIndex,
  isTracked,
  type Observed,
} from './observed.ts'
import { newFailedIndexes, toReplace } from './per-index.ts'

export interface PodTally {
  readonly active: readonly Stored<Pod>[]
  /** Leaving, and not yet ended. */
  readonly terminating: readonly Stored<Pod>[]
  /** Counters, uncounted and new together; indexes, where the Job has them. */
  readonly succeeded: number
  readonly failed: number
  readonly succeededIndexes: ReadonlySet<number>
  /** Indexes that are given up; only where each has a limit of its own. */
  readonly failedIndexes: ReadonlySet<number>
  /** Failed pods that stay until another one of their index is there. */
  readonly toReplace: ReadonlyMap<number, Stored<Pod>>
  readonly backOff: PodBackOff
}

/** Sorts a Job's pods by what they mean for it (upstream: syncJob). */
export function tally(observed: Observed): PodTally {
  const { job, pods } = observed
  const { succeeded = 0, failed = 0, uncountedTerminatedPods: uncounted = {} } = job.status ?? {}
  const unfinished = pods.filter((pod) => !isPodTerminal(pod))
  const active = unfinished.filter(({ metadata }) => !metadata.deletionTimestamp)
  const [good, bad] = [new Set(uncounted.succeeded), new Set(uncounted.failed)]
  const ended = pods.filter((pod) => isTracked(pod) && counts(job, pod))
  const newSucceeded = ended.filter((pod) => hasSucceeded(pod) && !good.has(pod.metadata.uid))
  const newFailed = ended.filter((pod) => isFailed(job, pod) && !bad.has(pod.metadata.uid))
  const policy = job.spec?.podFailurePolicy
  const countedFailed = newFailed.filter((pod) => judgeFailure(policy, pod).counts).length
  const indexes = tallyIndexes(observed, active, ended.filter(hasSucceeded))
  return {
    active,
    terminating: unfinished.filter(({ metadata }) => metadata.deletionTimestamp),
    succeeded: isIndexed(job)
      ? indexes.succeededIndexes.size
      : succeeded + good.size + newSucceeded.length,
    failed: failed + bad.size + countedFailed,
    ...indexes,
    backOff: afterEnds(recordOf(observed), newSucceeded, newFailed),
  }
}

function hasSucceeded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded'
}

const none: ReadonlySet<number> = new Set()

function tallyIndexes(
  { job, pods }: Observed,
  active: readonly Stored<Pod>[],
  succeeded: readonly Stored<Pod>[],
): Pick<PodTally, 'succeededIndexes' | 'failedIndexes' | 'toReplace'> {
  if (!isIndexed(job)) return { succeededIndexes: none, failedIndexes: none, toReplace: new Map() }
  const { completions = 0 } = job.spec ?? {}
  const succeededIndexes = new Set([
    ...parseIndexes(job.status?.completedIndexes, completions),
    ...succeeded.map((pod) => completionIndex(pod) ?? -1),
  ])
  if (!isLimitedPerIndex(job)) {
    return { succeededIndexes, failedIndexes: none, toReplace: new Map() }
  }
  const failedIndexes = new Set([
    ...parseIndexes(job.status?.failedIndexes, completions),
    ...newFailedIndexes(job, pods),
  ])
  const busy = new Set(active.map(completionIndex))
  const isSettled = (index: number) =>
    succeededIndexes.has(index) || failedIndexes.has(index) || busy.has(index)
  return { succeededIndexes, failedIndexes, toReplace: toReplace(job, pods, isSettled) }
}

/** After a restart nobody remembers; what pods are still there tell of it. */
function recordOf({ job, pods, backOff }: Observed): PodBackOff {
  if (backOff) return backOff
  const counted = pods.filter((pod) => !isTracked(pod))
  return afterEnds(
    noBackOff,
    counted.filter(hasSucceeded),
    counted.filter((pod) => isFailed(job, pod)),
  )
}
