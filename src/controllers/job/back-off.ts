import type { Pod } from '#api'
import type { Stored } from '#machinery'

/** How often a Job's pods have failed since one succeeded, and when the last one did. */
export interface PodBackOff {
  readonly failures: number
  readonly lastFailureMs: number
}

export const noBackOff: PodBackOff = { failures: 0, lastFailureMs: 0 }

/** First and longest wait after failures (upstream: DefaultJobPodFailureBackOff, Max…). */
const firstMs = 10_000
const longestMs = 600_000

/** The record with pods that have ended since (upstream: newBackoffRecord). */
export function afterEnds(
  before: PodBackOff,
  succeeded: readonly Stored<Pod>[],
  failed: readonly Stored<Pod>[],
): PodBackOff {
  if (succeeded.length + failed.length === 0) return before
  const lastSuccessMs = Math.max(...succeeded.map(endedMs), Number.NEGATIVE_INFINITY)
  const sinceMs = failed.map(endedMs).filter((atMs) => atMs > lastSuccessMs)
  const held = succeeded.length > 0 ? noBackOff : before
  if (sinceMs.length === 0) return held
  return { failures: held.failures + sinceMs.length, lastFailureMs: Math.max(...sinceMs) }
}

/** The wait doubles with every failure, counted from the last one. */
export function remainingMs({ failures, lastFailureMs }: PodBackOff, nowMs: number): number {
  if (failures === 0) return 0
  const waitMs = Math.min(longestMs, firstMs * 2 ** (failures - 1))
  return Math.max(0, lastFailureMs + waitMs - nowMs)
}

/**
 * When the pod ended: its last container, once all have ended; else when it was no longer ready, or
 * was deleted (upstream: getFinishedTime).
 */
export function endedMs({ metadata, status }: Stored<Pod>): number {
  const times = (status?.containerStatuses ?? []).map(({ state }) =>
    Date.parse(state?.terminated?.finishedAt ?? ''),
  )
  if (times.length > 0 && !times.some(Number.isNaN)) return Math.max(...times)
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const unreadyMs = ready?.status === 'False' ? Date.parse(ready.lastTransitionTime ?? '') : NaN
  if (!Number.isNaN(unreadyMs)) return unreadyMs
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
  return Date.parse(metadata.creationTimestamp)
}
