import type { QueuedPod } from './queued-pod.ts'

export interface BackoffLimits {
  readonly initialMs: number
  readonly maxMs: number
}

/** Upstream's `podInitialBackoffSeconds` and `podMaxBackoffSeconds`. */
export const defaultBackoff: BackoffLimits = { initialMs: 1000, maxMs: 10_000 }

/** Pods whose back-off ends in the same window leave together, by priority. */
const windowMs = 1000

/** The start of the window that an instant falls into. */
function windowOf(ms: number): number {
  return Math.floor(ms / windowMs) * windowMs
}

/** How long a pod must wait after its last attempt. */
function backoffMs(pod: QueuedPod, { initialMs, maxMs }: BackoffLimits): number {
  const failures = pod.errorCount > 0 ? pod.errorCount : pod.unschedulableCount
  return failures === 0 ? 0 : Math.min(maxMs, initialMs * 2 ** (failures - 1))
}

/** The window in which the back-off ends; a pod that never failed has none. */
export function backoffUntil(pod: QueuedPod, limits: BackoffLimits): number {
  const duration = backoffMs(pod, limits)
  if (duration === 0) return Number.NEGATIVE_INFINITY
  if (pod.backoffUntilMs === 0) pod.backoffUntilMs = windowOf(pod.queuedAtMs + duration)
  return pod.backoffUntilMs
}

/** A pod stays back for the whole of the window in which its back-off ends. */
export function isBackingOff(pod: QueuedPod, limits: BackoffLimits, nowMs: number): boolean {
  return backoffUntil(pod, limits) >= windowOf(nowMs)
}

/** The first instant at which a pod no longer backs off. */
export function releaseMs(pod: QueuedPod, limits: BackoffLimits): number {
  return backoffUntil(pod, limits) + windowMs
}
