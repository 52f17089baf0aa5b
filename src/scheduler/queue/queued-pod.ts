import type { Trigger } from '#machinery'
import type { PodInfo } from '../model/pod-info.ts'

/** Where a pod waits; `none` while it is being scheduled or bound. */
export type QueueName = 'none' | 'active' | 'backoff' | 'error-backoff' | 'unschedulable'

/** A pod on its way through the queue. Only the queue changes it. */
export interface QueuedPod {
  info: PodInfo
  queue: QueueName
  /** When it last entered the queue or was found unschedulable. */
  queuedAtMs: number
  /** When it came to the scheduler. */
  readonly arrivedAtMs: number
  /** Attempts that have begun, and when the last of them did. */
  attempts: number
  attemptedAtMs: number
  /** The order of arrival breaks ties of everything else. */
  readonly serial: number
  /** Attempts that found no node, and attempts in a row that failed otherwise. */
  unschedulableCount: number
  errorCount: number
  /** Aligned end of the back-off; 0: not computed since the last attempt. */
  backoffUntilMs: number
  /** Plugins that rejected it at the last attempt. */
  rejectors: ReadonlySet<string>
  /** The plugin that keeps it from being queued. */
  gatedBy: string | undefined
  /** Why it is to be scheduled now. */
  trigger: Trigger
}

export function newQueuedPod(
  info: PodInfo,
  more: { readonly serial: number; readonly nowMs: number; readonly trigger: Trigger },
): QueuedPod {
  return {
    info,
    queue: 'none',
    queuedAtMs: more.nowMs,
    arrivedAtMs: more.nowMs,
    attempts: 0,
    attemptedAtMs: more.nowMs,
    serial: more.serial,
    unschedulableCount: 0,
    errorCount: 0,
    backoffUntilMs: 0,
    rejectors: new Set(),
    gatedBy: undefined,
    trigger: more.trigger,
  }
}
