import { messageOf } from '#lib'
import type { PodInfo } from './model/pod-info.ts'
import { patchPodStatus, type StatusChange } from './pod-status.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import type { Setback } from './queue/scheduling-queue.ts'
import { clientFor, type World } from './world.ts'

/** Why a pod was not placed, as its owner is told. */
export interface Failure {
  readonly reason: 'Unschedulable' | 'SchedulerError'
  readonly message: string
  /** A node, or '' to clear the nomination; absent: leave it. */
  readonly nominatedNodeName?: string | undefined
}

/** events.k8s.io's `NoteLengthLimit`. */
const longestMessage = 1024

/**
 * Puts the pod back into the queue unless it is gone or bound by now, and tells: an event, the
 * PodScheduled condition, the nomination.
 */
export function handleFailure(
  world: World,
  queued: QueuedPod,
  setback: Setback,
  failure: Failure,
): void {
  const tried = queued.info
  const waiting = world.findWaiting(tried.uid)
  if (waiting) {
    queued.info = waiting
    const node = failure.nominatedNodeName ?? waiting.pod.status?.nominatedNodeName
    world.state.nominate(waiting, node || undefined)
    world.queue.putBack(queued, setback)
  }
  warn(world, tried, failure.message)
  if (waiting) writeStatus(world, queued, tried, failure)
}

/** Records `FailedScheduling`. */
export function warn({ events }: World, { pod }: PodInfo, message: string): void {
  const short =
    message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 4)} ...`
  const told = { type: 'Warning', reason: 'FailedScheduling', message: short } as const
  events.event(pod, { ...told, action: 'Scheduling' })
}

function writeStatus(world: World, queued: QueuedPod, { pod }: PodInfo, failure: Failure): void {
  const { reason, message, nominatedNodeName } = failure
  const change: StatusChange = {
    condition: { type: 'PodScheduled', status: 'False', reason, message },
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
  }
  const client = clientFor(world, queued.trigger)
  world.tasks.start(() =>
    patchPodStatus(client, pod, change, world.clock.wallMs()).catch((error: unknown) =>
      world.log.warn('a pod was not told', { pod: queued.info.key, error: messageOf(error) }),
    ),
  )
}
