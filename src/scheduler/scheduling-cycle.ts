import { messageOf } from '#lib'
import { reserveAndBind } from './binding-cycle.ts'
import { type PointTimer, type ScheduleResult, schedulePod } from './cycle.ts'
import { evict } from './eviction.ts'
import { handleFailure, recordFailedScheduling } from './failure.ts'
import { fitErrorMessage, noNodesMessage } from './framework/fit-error.ts'
import { isTerminating, type PodInfo } from './model/pod-info.ts'
import { preemptionName } from './plugins/default-preemption.ts'
import type { QueuedPod } from './queue/queued-pod.ts'
import { bindContextOf, clientFor, type SchedulerWorld } from './world.ts'

/** Tries to place one pod after another; remembers only where the next search for nodes starts. */
export function createSchedulingCycle(world: SchedulerWorld): (queued: QueuedPod) => void {
  let startIndex = 0
  return (queued) => {
    const { info } = queued
    if (isTerminating(info))
      return recordFailedScheduling(world, info, `skip schedule deleting pod: ${info.key}`)
    const decision = decide(world, info, startIndex)
    if ('nextStartIndex' in decision) startIndex = decision.nextStartIndex
    execute(world, queued, decision)
  }
}

type Decision = ScheduleResult | { readonly kind: 'error'; readonly message: string }

function decide(world: SchedulerWorld, pod: PodInfo, startIndex: number): Decision {
  try {
    return schedulePod({
      pod,
      snapshot: world.state.snapshot(world.view),
      plugins: world.plugins,
      random: world.random,
      startIndex,
      percentageOfNodesToScore: world.percentageOfNodesToScore,
      nowMs: world.clock.wallMs(),
      timed: timerOf(world),
    })
  } catch (error) {
    // A plugin's error concerns this pod; the loop goes on with the others.
    return { kind: 'error', message: messageOf(error) }
  }
}

function timerOf({ metrics, clock }: SchedulerWorld): PointTimer {
  return (point, work, statusOf) => {
    const startMs = clock.monotonicMs()
    const result = work()
    metrics.passed(point, statusOf?.(result) ?? 'Success', startMs)
    return result
  }
}

function execute(world: SchedulerWorld, queued: QueuedPod, decision: Decision): void {
  switch (decision.kind) {
    case 'place':
      reserveAndBind(world, queued, decision)
      break
    case 'unfit':
      refuse(world, queued, decision)
      break
    case 'no-nodes':
      handleFailure(world, queued, { kind: 'error' }, noNodes)
      break
    case 'error': {
      const { message } = decision
      world.log.error('scheduling a pod failed', { pod: queued.info.key, error: message })
      const failure = { reason: 'SchedulerError', message, nominatedNodeName: '' } as const
      handleFailure(world, queued, { kind: 'error' }, failure)
    }
  }
}

/** No plugin rejected the pod, so no event can be waited for: it is tried again by the clock. */
const noNodes = {
  reason: 'Unschedulable',
  message: noNodesMessage,
  nominatedNodeName: '',
} as const

function refuse(
  world: SchedulerWorld,
  queued: QueuedPod,
  decision: Extract<ScheduleResult, { kind: 'unfit' }>,
): void {
  const { error, rejectors, preemption, clearNomination } = decision
  world.metrics.preempts(preemption?.victims.length)
  if (preemption) preempt(world, queued, preemption)
  for (const write of decision.writes) writeBeside(world, queued, write)
  const failure =
    rejectors.size > 0
      ? ({ kind: 'unschedulable', rejectors } as const)
      : ({ kind: 'error' } as const)
  handleFailure(world, queued, failure, {
    reason: 'Unschedulable',
    message: fitErrorMessage(error),
    nominatedNodeName: preemption?.node ?? (clearNomination ? '' : undefined),
  })
}

/** What comes of it is seen as a change of what was written. */
function writeBeside(
  world: SchedulerWorld,
  { info, trigger }: QueuedPod,
  write: Extract<ScheduleResult, { kind: 'unfit' }>['writes'][number],
): void {
  world.tasks.start(async () => {
    try {
      await write(bindContextOf(world, trigger))
    } catch (error) {
      world.log.warn('what keeps a pod from its devices could not be given back', {
        pod: info.key,
        error: messageOf(error),
      })
    }
  })
}

/** Evicts beside the loop; until that is done the pod is kept from being tried again. */
function preempt(
  world: SchedulerWorld,
  { info, trigger }: QueuedPod,
  { node, victims }: { readonly node: string; readonly victims: readonly PodInfo[] },
): void {
  const outranked = world.state.nominatedTo(node).filter(({ priority }) => priority < info.priority)
  world.preempting.add(info.uid)
  world.tasks.start(async () => {
    const context = { ...world, client: clientFor(world, trigger) }
    let isDone = true
    try {
      await evict(context, { preemptor: info, node, victims, outranked })
    } catch (error) {
      world.log.error('victims could not be evicted', { pod: info.key, error: messageOf(error) })
      // The deletions that would wake the pod may never come.
      isDone = false
    }
    world.preempting.delete(info.uid)
    if (isDone) world.queue.ungate(info.uid, preemptionName, trigger)
    else world.queue.activate(info.uid, trigger)
  })
}
