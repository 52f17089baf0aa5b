import { messageOf } from '#lib'
import type { PodInfo } from './model/pod-info.ts'
import { patchPodStatus, type StatusChange } from './pod-status.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import type { AttemptFailure } from './queue/scheduling-queue.ts'
import { clientFor, type SchedulerWorld } from './world.ts'

/** Why a pod was not scheduled, as its FailedScheduling event and PodScheduled condition say it. */
export interface SchedulingFailure {
  readonly reason: 'Unschedulable' | 'SchedulerError'
  readonly message: string
  /** A node, or '' to clear the nomination; absent: leave it. */
  readonly nominatedNodeName?: string | undefined
}

/** events.k8s.io's `NoteLengthLimit`. */
const longestMessage = 1024

/**
 * Puts the pod back into the queue unless it is gone or bound by now, and reports it: an event, the
 * PodScheduled condition, the nomination.
 */
export function handleFailure(
  world: SchedulerWorld,
  queued: QueuedPod,
  attempt: AttemptFailure,
  failure: SchedulingFailure,
): void {
  const tried = queued.info
  const result = failure.reason === 'Unschedulable' ? 'unschedulable' : 'error'
  world.metrics.attempted(result, queued.attemptedAtMs)
  const waiting = world.findWaiting(tried.uid)
  if (waiting) {
    queued.info = waiting
    const node = failure.nominatedNodeName ?? waiting.pod.status?.nominatedNodeName
    world.state.nominate(waiting, node || undefined)
    world.queue.requeueAfterFailure(queued, attempt)
  }
  recordFailedScheduling(world, tried, failure.message)
  if (waiting) writeStatus(world, queued, tried, failure)
}

/** Records `FailedScheduling`. */
export function recordFailedScheduling(
  { events }: SchedulerWorld,
  { pod }: PodInfo,
  message: string,
): void {
  const short =
    message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 4)} ...`
  const event = { type: 'Warning', reason: 'FailedScheduling', message: short } as const
  events.event(pod, { ...event, action: 'Scheduling' })
}

function writeStatus(
  world: SchedulerWorld,
  queued: QueuedPod,
  { pod }: PodInfo,
  failure: SchedulingFailure,
): void {
  const { reason, message, nominatedNodeName } = failure
  const change: StatusChange = {
    condition: { type: 'PodScheduled', status: 'False', reason, message },
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
  }
  const client = clientFor(world, queued.trigger)
  world.tasks.start(() =>
    patchPodStatus(client, pod, change, world.clock.wallMs()).catch((error: unknown) =>
      world.log.warn('the status of a pod could not be written', {
        pod: queued.info.key,
        error: messageOf(error),
      }),
    ),
  )
}
