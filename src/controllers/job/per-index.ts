/** Failures of each index by itself, which its pods carry on from one to the next. */
import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import { endedMs, type PodBackOff } from './back-off.ts'
import { judgeFailure } from './failure-policy.ts'
import { isFailed, isTracked, ownIndexOf } from './observed.ts'

const failuresAnnotation = 'batch.kubernetes.io/job-index-failure-count'
const ignoredAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count'
const maxInt32 = 2 ** 31 - 1

/** Indexes that fail for good with pods that are not counted yet (upstream: isIndexFailed). */
export function newFailedIndexes(job: Job, pods: readonly Stored<Pod>[]): ReadonlySet<number> {
  const { podFailurePolicy, backoffLimitPerIndex = 0 } = job.spec ?? {}
  const failed = new Set<number>()
  for (const pod of pods) {
    const index = ownIndexOf(job, pod)
    if (index === undefined || !isTracked(pod) || !isFailed(job, pod)) continue
    const { action, counts } = judgeFailure(podFailurePolicy, pod)
    const isLast = counts && countIn(pod, failuresAnnotation) >= backoffLimitPerIndex
    if (action === 'FailIndex' || isLast) failed.add(index)
  }
  return failed
}

/**
 * The pod of each index that is to be replaced: it keeps its finalizer until another one carries its
 * count on (upstream: getPodsWithDelayedDeletionPerIndex).
 */
export function toReplace(
  job: Job,
  pods: readonly Stored<Pod>[],
  isSettled: (index: number) => boolean,
): ReadonlyMap<number, Stored<Pod>> {
  const latest = new Map<number, Stored<Pod>>()
  for (const pod of pods) {
    const index = ownIndexOf(job, pod)
    if (index === undefined || !isTracked(pod) || !isFailed(job, pod) || isSettled(index)) continue
    const held = latest.get(index)
    const isLater = !held || (failuresOf(held) <= failuresOf(pod) && endedMs(held) <= endedMs(pod))
    if (isLater) latest.set(index, pod)
  }
  return latest
}

/** How the index of a pod that is to be replaced has failed, with this pod. */
export function indexBackOff(replaced: Stored<Pod>): PodBackOff {
  return { failures: failuresOf(replaced) + 1, lastFailureMs: endedMs(replaced) }
}

/** What the next pod of an index is told of those before it. */
export function countAnnotations(
  { spec }: Job,
  replaced: Stored<Pod> | undefined,
): Readonly<Record<string, string>> {
  const [failures, ignored] = replaced
    ? [countIn(replaced, failuresAnnotation), countIn(replaced, ignoredAnnotation)]
    : [0, 0]
  const hasFailed = replaced !== undefined
  const isCounted = hasFailed && judgeFailure(spec?.podFailurePolicy, replaced).counts
  const isIgnored = hasFailed && !isCounted
  const nowIgnored = ignored + (isIgnored ? 1 : 0)
  return {
    [failuresAnnotation]: `${failures + (isCounted ? 1 : 0)}`,
    ...(nowIgnored > 0 ? { [ignoredAnnotation]: `${nowIgnored}` } : {}),
  }
}

function failuresOf(pod: Stored<Pod>): number {
  return countIn(pod, failuresAnnotation) + countIn(pod, ignoredAnnotation)
}

/** What somebody else has written there counts as nothing. */
function countIn({ metadata }: Stored<Pod>, annotation: string): number {
  const text = metadata.annotations?.[annotation] ?? ''
  const count = /^\d+$/.test(text) ? Number(text) : 0
  return count > maxInt32 ? 0 : count
}
