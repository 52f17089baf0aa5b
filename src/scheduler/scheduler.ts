import type { Client, EventRecorder, InformerFactory } from '#client'
import {
  type Clock,
  createMetricRegistry,
  type Logger,
  type MetricRegistry,
  type Random,
} from '#lib'
import { subscribe } from './event-handlers.ts'
import { type Plugin, type PluginRejection, unresolvable } from './framework/plugin.ts'
import type { PodInfo } from './model/pod-info.ts'
import type { ClusterView } from './model/snapshot.ts'
import { preemptionName } from './plugins/default-preemption.ts'
import { defaultPlugins } from './plugins/index.ts'
import { createSchedulingQueue } from './queue/scheduling-queue.ts'
import { createSchedulerMetrics, observePending } from './scheduler-metrics.ts'
import { createSchedulingCycle } from './scheduling-cycle.ts'
import { clusterViewOf } from './state/cluster-view.ts'
import { createSchedulerCache } from './state/scheduler-cache.ts'
import { createTasks } from './tasks.ts'
import type { SchedulerWorld } from './world.ts'

/** What a scheduler may be told to do otherwise than upstream's default profile. */
export interface SchedulerOptions {
  /** Pods that name another scheduler are left alone; default `default-scheduler`. */
  readonly schedulerName?: string
  /** Share of the nodes to find feasible before choosing; 0, the default: by the cluster's size. */
  readonly percentageOfNodesToScore?: number
  readonly plugins?: readonly Plugin[]
}

/** What a scheduler reads with, writes with, reports with and tells time by. */
export interface SchedulerContext {
  readonly client: Client
  /** Run by the caller. */
  readonly informers: InformerFactory
  readonly clock: Clock
  readonly random: Random
  /** Records for the component `default-scheduler`. */
  readonly events: EventRecorder
  readonly log: Logger
  /** Where the scheduler counts; default: nowhere. */
  readonly metrics?: MetricRegistry
  readonly options?: SchedulerOptions
}

/** A scheduler that is not running yet. */
export interface Scheduler {
  /** Gives nodes to pods until `signal` aborts; then resolves once no write is under way. */
  run(signal: AbortSignal): Promise<void>
}

/** Bindings and status writes under way at a time. */
const concurrentWrites = 256

/** Makes the kube-scheduler of one cluster. It may run once; what it knows comes from the informers. */
export function createScheduler(context: SchedulerContext): Scheduler {
  const { clock, options = {} } = context
  const plugins = options.plugins ?? defaultPlugins
  const schedulerName = options.schedulerName ?? 'default-scheduler'
  const preempting = new Set<string>()
  const state = createSchedulerCache()
  const registry = context.metrics ?? createMetricRegistry()
  const metrics = createSchedulerMetrics(registry, clock, schedulerName)
  const view = clusterViewOf(context.informers)
  const queue = createSchedulingQueue({
    ...{ clock, plugins, gate: gateOf(plugins, preempting, view), cluster: view },
    incoming: metrics.incoming,
  })
  observePending(registry, queue.pending)
  const tasks = createTasks(concurrentWrites)
  return {
    async run(signal) {
      using watching = subscribe(context.informers, { state, queue, schedulerName })
      const { findWaiting } = watching
      const percentageOfNodesToScore = options.percentageOfNodesToScore ?? 0
      const scheduleOne = createSchedulingCycle({
        ...context,
        ...{ plugins, percentageOfNodesToScore, state, view, queue, tasks, findWaiting },
        ...{ preempting, metrics, signal },
      } satisfies SchedulerWorld)
      try {
        for (const informer of [...watching.informers, ...view.informers]) {
          await informer.whenSynced(signal)
        }
        for (;;) {
          await queue.whenReady(signal)
          await tasks.room()
          await clock.turn()
          signal.throwIfAborted()
          const next = queue.pop()
          if (next) scheduleOne(next)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        queue.close()
        await tasks.done()
      }
    },
  }
}

/** PreEnqueue: what keeps a pod from being queued. */
function gateOf(plugins: readonly Plugin[], preempting: ReadonlySet<string>, cluster: ClusterView) {
  const preemptsNow = unresolvable(
    preemptionName,
    'waiting for the preemption for this pod to be finished',
  )
  return (pod: PodInfo): PluginRejection | undefined => {
    for (const { preEnqueue } of plugins) {
      const rejection = preEnqueue?.(pod, cluster)
      if (rejection) return rejection
    }
    return preempting.has(pod.uid) ? preemptsNow : undefined
  }
}
