import type { Clock } from '../clock/clock.ts'
import type { MetricRegistry } from '../metrics/registry.ts'

/** What is counted of one work queue. */
export interface WorkQueueMetrics {
  /** A key waits that did not before. */
  added(key: string): void
  /** A worker has taken a key; `depth` keys still wait. */
  taken(key: string): void
  /** A worker is done with a key. */
  done(key: string): void
  /** A key is to come again after a while. */
  retried(): void
  /** No key waits any more: the queue is closed. */
  cleared(): void
}

/** Upper bounds in seconds, client-go's: from ten nanoseconds to ten seconds. */
const buckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]
const labels = ['name']

/** Counts what happens in the queue of that name, with client-go's families. */
export function createWorkQueueMetrics(
  registry: MetricRegistry,
  name: string,
  clock: Clock,
): WorkQueueMetrics {
  const waiting = new Map<string, number>()
  const working = new Map<string, number>()
  const { depth, adds, retries, queued, worked } = familiesOf(registry)
  const seconds = (sinceMs: number) => (clock.monotonicMs() - sinceMs) / 1000
  const depthOf = depth(name)
  observeWork(registry, name, () => Array.from(working.values(), seconds))
  return {
    added(key) {
      if (waiting.has(key)) return
      waiting.set(key, clock.monotonicMs())
      adds(name).increase()
      depthOf.set(waiting.size)
    },
    taken(key) {
      const since = waiting.get(key)
      if (since !== undefined) queued(name).observe(seconds(since))
      waiting.delete(key)
      depthOf.set(waiting.size)
      working.set(key, clock.monotonicMs())
    },
    done(key) {
      const since = working.get(key)
      if (since !== undefined) worked(name).observe(seconds(since))
      working.delete(key)
    },
    retried: () => retries(name).increase(),
    cleared() {
      waiting.clear()
      depthOf.set(0)
    },
  }
}

function familiesOf(registry: MetricRegistry) {
  const stability = 'BETA'
  return {
    depth: registry.gauge({
      name: 'workqueue_depth',
      help: 'Keys that wait in a queue.',
      stability,
      labels,
    }),
    adds: registry.counter({
      name: 'workqueue_adds_total',
      help: 'Keys that were added to a queue.',
      stability,
      labels,
    }),
    retries: registry.counter({
      name: 'workqueue_retries_total',
      help: 'Keys that were to come again after a while.',
      stability,
      labels,
    }),
    queued: registry.histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long keys waited for a worker, in seconds.',
      stability,
      labels,
      buckets,
    }),
    worked: registry.histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long workers had keys, in seconds.',
      stability,
      labels,
      buckets,
    }),
  }
}

/** What workers have at the moment, looked up when somebody asks. */
function observeWork(registry: MetricRegistry, name: string, ages: () => readonly number[]): void {
  const facts = { stability: 'BETA', labels, type: 'gauge' } as const
  registry.observed(
    {
      ...facts,
      name: 'workqueue_unfinished_work_seconds',
      help: 'How long workers have had the keys that they are not done with, together, in seconds.',
    },
    () => [{ labels: [name], value: ages().reduce((sum, age) => sum + age, 0) }],
  )
  registry.observed(
    {
      ...facts,
      name: 'workqueue_longest_running_processor_seconds',
      help: 'How long a worker has had its key at most, in seconds.',
    },
    () => [{ labels: [name], value: Math.max(0, ...ages()) }],
  )
}
