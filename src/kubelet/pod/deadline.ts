import type { Pod, PodStatus } from '#api'

/** How long a pod that has a deadline may still be active, in milliseconds; infinite without one. */
export function msUntilPodDeadline(
  { spec }: Pod,
  status: PodStatus | undefined,
  nowMs: number,
): number {
  const seconds = spec?.activeDeadlineSeconds
  const startTime = status?.startTime
  if (seconds === undefined || startTime === undefined) return Number.POSITIVE_INFINITY
  return Math.max(0, Date.parse(startTime) + seconds * 1000 - nowMs)
}

/** What a pod's status and event say once its deadline has passed (upstream: activeDeadlineHandler). */
export const deadlineExceeded = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
} as const
