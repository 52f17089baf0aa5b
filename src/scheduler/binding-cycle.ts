import { pods } from '#api'
import { messageOf } from '#lib'
import { triggerOf } from './event-handlers.ts'
import { handleFailure } from './failure.ts'
import type { Reservation, Reserve } from './framework/plugin.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import { bindContextOf, type SchedulerWorld } from './world.ts'

/**
 * Reserve, then PreBind, Bind and PostBind beside the loop. From Reserve on the pod counts on its node, and so does
 * what plugins have taken for it, so that the next pod can be scheduled while this one is being bound.
 */
export function reserveAndBind(
  world: SchedulerWorld,
  queued: QueuedPod,
  { node, reserves }: { readonly node: string; readonly reserves: readonly Reserve[] },
): void {
  world.state.nominate(queued.info, undefined)
  world.state.assume(queued.info, node)
  const reservations = reserves.flatMap((reserve) => reserve(node, world.random) ?? [])
  world.tasks.start(async () => {
    const failure =
      (await preBind(world, queued, reservations)) ?? (await bind(world, queued, node))
    if (failure === undefined) return postBind(world, queued, node)
    world.log.warn('a pod could not be bound', { pod: queued.info.key, node, error: failure })
    await release(world, queued, reservations)
    unreserve(world, queued, failure)
  })
}

/** What went wrong, if anything did. */
async function preBind(
  world: SchedulerWorld,
  { trigger }: QueuedPod,
  reservations: readonly Reservation[],
): Promise<string | undefined> {
  for (const reservation of reservations) {
    try {
      await reservation.preBind(bindContextOf(world, trigger))
    } catch (error) {
      return `running PreBind plugin "${reservation.plugin}": ${messageOf(error)}`
    }
  }
  return undefined
}

async function bind(
  world: SchedulerWorld,
  queued: QueuedPod,
  node: string,
): Promise<string | undefined> {
  const { info, trigger } = queued
  const binder = world.plugins.find((plugin) => plugin.bind)
  const { clock, metrics } = world
  const startMs = clock.monotonicMs()
  try {
    await binder?.bind?.(info, node, bindContextOf(world, trigger))
    metrics.passed('Bind', 'Success', startMs)
    metrics.attempted('scheduled', queued.attemptedAtMs)
    metrics.scheduled(queued)
    return undefined
  } catch (error) {
    metrics.passed('Bind', 'Error', startMs)
    return `running Bind plugin "${binder?.name}": ${messageOf(error)}`
  }
}

async function release(
  world: SchedulerWorld,
  { info, trigger }: QueuedPod,
  reservations: readonly Reservation[],
): Promise<void> {
  for (const reservation of reservations.toReversed()) {
    try {
      await reservation.release(bindContextOf(world, trigger))
    } catch (error) {
      // The pod is tried again, and finds what it has left behind.
      world.log.warn('a reservation could not be given back', {
        ...{ pod: info.key, plugin: reservation.plugin },
        error: messageOf(error),
      })
    }
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
