import type { Client, EventRecorder } from '#client'
import type { Clock, Logger, Random } from '#lib'
import type { Cause, Trigger } from '#machinery'
import type { BindContext, Plugin } from './framework/plugin.ts'
import type { PodInfo } from './model/pod-info.ts'
import type { ClusterView } from './model/snapshot.ts'
import type { SchedulingQueue } from './queue/scheduling-queue.ts'
import type { SchedulerMetrics } from './scheduler-metrics.ts'
import type { SchedulerCache } from './state/scheduler-cache.ts'
import type { Tasks } from './tasks.ts'

/** What one running scheduler works with and on. */
export interface SchedulerWorld {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly events: EventRecorder
  readonly log: Logger
  readonly plugins: readonly Plugin[]
  readonly percentageOfNodesToScore: number
  readonly state: SchedulerCache
  readonly view: ClusterView
  readonly queue: SchedulingQueue
  readonly metrics: SchedulerMetrics
  /** Writes that run beside the loop. */
  readonly tasks: Tasks
  /** The pod as it was last seen, if it still waits for a node. */
  readonly findWaiting: (uid: string) => PodInfo | undefined
  /** Pods whose victims are being evicted; they are not tried meanwhile. */
  readonly preempting: Set<string>
  /** Aborts when the scheduler stops. */
  readonly signal: AbortSignal
}

/** The client whose writes say that this trigger made the scheduler act. */
export function clientFor(world: SchedulerWorld, trigger: Trigger): Client {
  const cause: Cause = { actor: 'scheduler', trigger }
  return world.client.because(cause)
}

/** What plugins write with, because of this trigger. */
export function bindContextOf(world: SchedulerWorld, trigger: Trigger): BindContext {
  const { clock, events, signal } = world
  return { client: clientFor(world, trigger), clock, events, signal }
}
