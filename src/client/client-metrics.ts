import type { Clock, MetricRegistry } from '#lib'

/** What is counted of the requests of a client. */
export interface ClientMetrics {
  /** Takes note of a request that is sent, until the result is called with the code of its answer. */
  begin(method: string): (code: number | undefined) => void
}

const durations = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

/** Counts the requests to one host, with client-go's families. */
export function createClientMetrics(
  registry: MetricRegistry,
  host: string,
  clock: Clock,
): ClientMetrics {
  const requests = registry.counter({
    name: 'rest_client_requests_total',
    help: 'Requests to an API server, by method, host and the code of the answer.',
    stability: 'ALPHA',
    labels: ['code', 'method', 'host'],
  })
  const times = registry.histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long answers to requests took, in seconds.',
    stability: 'ALPHA',
    labels: ['verb', 'host'],
    buckets: durations,
  })
  return {
    begin(method) {
      const startMs = clock.monotonicMs()
      return (code) => {
        requests(code === undefined ? '<error>' : String(code), method, host).increase()
        times(method, host).observe((clock.monotonicMs() - startMs) / 1000)
      }
    },
  }
}
