import type { Clock } from '#lib'
import type { Trigger } from '#machinery'
import { createEarliestTimer, type EarliestTimer } from './earliest-timer.ts'
import type { QueuedPod } from './queued-pod.ts'

/** Upstream's `podMaxInUnschedulablePodsDuration`, and how often it looks. */
const longestUnschedulableMs = 300_000
const periodMs = 30_000

const trigger: Trigger = { kind: 'timer', purpose: 'unschedulable for more than 5 minutes' }

/**
 * Hints may be wrong: a pod that was unschedulable for long is tried again all the same. To be armed
 * whenever one becomes unschedulable.
 */
export function watchLeftovers(
  clock: Clock,
  unschedulable: ReadonlyMap<string, QueuedPod>,
  requeue: (pod: QueuedPod, trigger: Trigger, event: string) => void,
): { arm(): void } & Pick<EarliestTimer, 'cancel'> {
  const startMs = clock.monotonicMs()
  const arm = () => {
    const periods = Math.floor((clock.monotonicMs() - startMs) / periodMs)
    alarm.arm(startMs + (periods + 1) * periodMs)
  }
  const alarm = createEarliestTimer(clock, () => {
    const longAgoMs = clock.monotonicMs() - longestUnschedulableMs
    const waiting = [...unschedulable.values()].filter(({ gatedBy }) => gatedBy === undefined)
    for (const pod of waiting)
      if (pod.queuedAtMs < longAgoMs) requeue(pod, trigger, 'UnschedulableTimeout')
    if (waiting.length > 0) arm()
  })
  return { arm, cancel: alarm.cancel }
}
