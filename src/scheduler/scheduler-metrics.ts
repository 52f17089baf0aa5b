import type { Clock, MetricRegistry } from '#lib'
import type { QueuedPod, QueueName } from './queue/queued-pod.ts'

/** How an attempt to schedule a pod ended. */
type AttemptResult = 'scheduled' | 'unschedulable' | 'error'

/** The points of upstream's framework that are timed. */
export type ExtensionPoint =
  | 'PreFilter'
  | 'Filter'
  | 'PostFilter'
  | 'PreScore'
  | 'Score'
  | 'Bind'
  | 'PostBind'

/** How all plugins of a point ended together. */
export type PointStatus = 'Success' | 'Unschedulable' | 'Error'

/** What is counted of a scheduler. */
export interface SchedulerMetrics {
  /** A pod has come into a queue because of an event. */
  incoming(queue: QueueName, event: string): void
  /** An attempt that began then has ended. */
  attempted(result: AttemptResult, startMs: number): void
  /** A pod has got its node. */
  scheduled(pod: QueuedPod): void
  /** The plugins of a point have run since then. */
  passed(point: ExtensionPoint, status: PointStatus, startMs: number): void
  /** Room was looked for by evicting pods; so many, where that helps. */
  preempts(victims: number | undefined): void
}

const exponential = (first: number, factor: number, count: number) =>
  Array.from({ length: count }, (_, i) => first * factor ** i)

/** Upstream's names of the queues; a pod that met an error backs off like any other. */
const queueLabels: Readonly<Record<QueueName, string | undefined>> = {
  none: undefined,
  active: 'active',
  backoff: 'backoff',
  'error-backoff': 'backoff',
  unschedulable: 'unschedulable',
}

/** Counts what a scheduler does, with upstream's families. */
export function createSchedulerMetrics(
  registry: MetricRegistry,
  clock: Clock,
  profile: string,
): SchedulerMetrics {
  const families = familiesOf(registry)
  const since = (startMs: number) => (clock.monotonicMs() - startMs) / 1000
  return {
    incoming(queue, event) {
      const label = queueLabels[queue]
      if (label !== undefined) families.incoming(label, event).increase()
    },
    attempted(result, startMs) {
      families.attempts(result, profile).increase()
      families.attemptTimes(result, profile).observe(since(startMs))
    },
    scheduled({ attempts, arrivedAtMs }) {
      families.podAttempts().observe(attempts)
      families.sli(attempts >= 15 ? '15+' : String(attempts)).observe(since(arrivedAtMs))
    },
    passed(point, status, startMs) {
      families.points(point, status, profile).observe(since(startMs))
    },
    preempts(victims) {
      families.preemptions().increase()
      if (victims !== undefined) families.victims().observe(victims)
    },
  }
}

function familiesOf(registry: MetricRegistry) {
  return {
    incoming: registry.counter({
      name: 'scheduler_queue_incoming_pods_total',
      help: 'Pods that came into a queue, by what brought them there.',
      stability: 'STABLE',
      labels: ['queue', 'event'],
    }),
    attempts: registry.counter({
      name: 'scheduler_schedule_attempts_total',
      help: 'Attempts to schedule a pod, by how they ended.',
      stability: 'STABLE',
      labels: ['result', 'profile'],
    }),
    attemptTimes: registry.histogram({
      name: 'scheduler_scheduling_attempt_duration_seconds',
      help: 'How long attempts to schedule a pod took, with the binding, in seconds.',
      stability: 'STABLE',
      labels: ['result', 'profile'],
      buckets: exponential(0.001, 2, 15),
    }),
    sli: registry.histogram({
      name: 'scheduler_pod_scheduling_sli_duration_seconds',
      help: 'How long pods waited from when they came until they had a node, in seconds.',
      stability: 'BETA',
      labels: ['attempts'],
      buckets: exponential(0.01, 2, 20),
    }),
    podAttempts: registry.histogram({
      name: 'scheduler_pod_scheduling_attempts',
      help: 'Attempts until a pod had a node.',
      stability: 'STABLE',
      buckets: exponential(1, 2, 5),
    }),
    points: registry.histogram({
      name: 'scheduler_framework_extension_point_duration_seconds',
      help: 'How long all plugins of an extension point took, in seconds.',
      stability: 'STABLE',
      labels: ['extension_point', 'status', 'profile'],
      buckets: exponential(0.0001, 2, 12),
    }),
    preemptions: registry.counter({
      name: 'scheduler_preemption_attempts_total',
      help: 'Attempts to make room for a pod by evicting others.',
      stability: 'STABLE',
    }),
    victims: registry.histogram({
      name: 'scheduler_preemption_victims',
      help: 'Pods that were chosen to make room for another.',
      stability: 'STABLE',
      buckets: exponential(1, 2, 7),
    }),
  }
}

/** How many pods wait in each queue, looked up when somebody asks. */
export function observePending(
  registry: MetricRegistry,
  pending: () => Readonly<Record<string, number>>,
): void {
  registry.observed(
    {
      name: 'scheduler_pending_pods',
      help: 'Pods that wait for a node, by the queue that they are in.',
      stability: 'STABLE',
      labels: ['queue'],
      type: 'gauge',
    },
    () => Object.entries(pending()).map(([queue, value]) => ({ labels: [queue], value })),
  )
}
