import type { Job, Pod } from '#api'
import type { Stored } from '#machinery'
import type { PodBackOff } from './back-off.ts'

/** Keeps a pod until its end is counted in the Job's status. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index'

export interface Observed {
  readonly job: Stored<Job>
  /** All pods that the Job controls. */
  readonly pods: readonly Stored<Pod>[]
  /** How its pods have failed as far as that has been counted; absent after a restart. */
  readonly backOff?: PodBackOff | undefined
}

export function isTracked({ metadata }: Stored<Pod>): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) ?? false
}

export function isIndexed({ spec }: Job): boolean {
  return spec?.completionMode === 'Indexed'
}

/** Each index has a limit of its own. */
export function isLimitedPerIndex(job: Job): boolean {
  return isIndexed(job) && job.spec?.backoffLimitPerIndex !== undefined
}

/** Pods that leave are replaced only once they have ended. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec?.podReplacementPolicy === 'Failed' || spec?.podFailurePolicy !== undefined
}

export function completionIndex({ metadata }: Stored<Pod>): number | undefined {
  const text = metadata.annotations?.[indexAnnotation] ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** The pod's index where the Job has indexes, and this one among them. */
export function ownIndexOf({ spec }: Job, pod: Stored<Pod>): number | undefined {
  const index = completionIndex(pod)
  return index !== undefined && index < (spec?.completions ?? 0) ? index : undefined
}

/** Whether an end of the pod means something to the Job: one with indexes knows no other pods. */
export function counts(job: Job, pod: Stored<Pod>): boolean {
  return !isIndexed(job) || ownIndexOf(job, pod) !== undefined
}

/** Where leaving pods are replaced at once, leaving counts as failing. */
export function isFailed(job: Job, { metadata, status }: Stored<Pod>): boolean {
  if (status?.phase === 'Failed') return true
  if (replacesOnlyFailed(job)) return false
  return metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded'
}
