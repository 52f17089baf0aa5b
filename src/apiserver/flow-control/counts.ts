import type { MetricRegistry } from '#lib'

/** Upper bounds in seconds, upstream's. */
const buckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]

export type Rejection = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

/** The level and the schema of a request, by their names. */
export type FlowLabels = readonly [priorityLevel: string, flowSchema: string]

const labels = ['priority_level', 'flow_schema'] as const

/** Counts what happens to the requests of each level and schema. */
export function createFlowCounts(registry: MetricRegistry) {
  const rejected = registry.counter({
    name: 'apiserver_flowcontrol_rejected_requests_total',
    help: 'Requests that were turned away, and why.',
    stability: 'BETA',
    labels: [...labels, 'reason'],
  })
  const dispatched = registry.counter({
    name: 'apiserver_flowcontrol_dispatched_requests_total',
    help: 'Requests that got their seats.',
    stability: 'BETA',
    labels,
  })
  const waits = registry.histogram({
    name: 'apiserver_flowcontrol_request_wait_duration_seconds',
    help: 'How long requests waited for their turn, in seconds, and whether they got it.',
    stability: 'BETA',
    labels: [...labels, 'execute'],
    buckets,
  })
  const executions = registry.histogram({
    name: 'apiserver_flowcontrol_request_execution_seconds',
    help: 'How long requests kept their seats, in seconds.',
    stability: 'ALPHA',
    labels: [...labels, 'type'],
    buckets,
  })
  return {
    rejected: (of: FlowLabels, reason: Rejection) => rejected(...of, reason).increase(),
    dispatched: (of: FlowLabels) => dispatched(...of).increase(),
    waited: (of: FlowLabels, ms: number, execute: boolean) =>
      waits(...of, String(execute)).observe(ms / 1000),
    executed: (of: FlowLabels, ms: number) => executions(...of, 'regular').observe(ms / 1000),
  }
}
