import { pods } from '#api'
import { messageOf } from '#lib'
import { triggerOf } from './event-handlers.ts'
import { handleFailure } from './failure.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import { clientFor, type SchedulerWorld } from './world.ts'

/**
 * Reserve, then Bind and PostBind beside the loop. From Reserve on the pod counts on its node, so
 * that the next pod can be scheduled while this one is being bound.
 */
export function reserveAndBind(world: SchedulerWorld, queued: QueuedPod, node: string): void {
  world.state.nominate(queued.info, undefined)
  world.state.assume(queued.info, node)
  world.tasks.start(async () => {
    if (await bind(world, queued, node)) postBind(world, queued, node)
  })
}

async function bind(world: SchedulerWorld, queued: QueuedPod, node: string): Promise<boolean> {
  const { info, trigger } = queued
  const binder = world.plugins.find((plugin) => plugin.bind)
  const { clock, metrics } = world
  const startMs = clock.monotonicMs()
  try {
    await binder?.bind?.(info, node, { client: clientFor(world, trigger), clock })
    metrics.passed('Bind', 'Success', startMs)
    metrics.attempted('scheduled', queued.attemptedAtMs)
    metrics.scheduled(queued)
    return true
  } catch (error) {
    const message = messageOf(error)
    metrics.passed('Bind', 'Error', startMs)
    world.log.warn('a pod could not be bound', { pod: info.key, node, error: message })
    unreserve(world, queued, `running Bind plugin "${binder?.name}": ${message}`)
    return false
  }
}

/** The room is free again, which may help others; the pod itself tries again after a back-off. */
function unreserve(world: SchedulerWorld, queued: QueuedPod, message: string): void {
  const { info } = queued
  world.state.forget(info.uid)
  const event = { kind: 'pod', before: info } as const
  world.queue.onClusterEvent(event, triggerOf(pods, info.pod), info.uid)
  const failure = { reason: 'SchedulerError', message, nominatedNodeName: '' } as const
  handleFailure(world, queued, { kind: 'error' }, failure)
}

function postBind({ events }: SchedulerWorld, { info }: QueuedPod, node: string): void {
  const message = `Successfully assigned ${info.key} to ${node}`
  events.event(info.pod, { type: 'Normal', reason: 'Scheduled', action: 'Binding', message })
}
