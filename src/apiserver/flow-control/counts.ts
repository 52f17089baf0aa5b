/** Upper bounds in seconds, upstream's. */
const buckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]

export type Rejection = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

interface Times {
  readonly counts: number[]
  sum: number
}

/** What happened to the requests of each level and schema. */
export class FlowCounts {
  readonly #rejected = new Map<string, number>()
  readonly #dispatched = new Map<string, number>()
  readonly #waits = new Map<string, Times>()
  readonly #executions = new Map<string, Times>()

  rejected(labels: string, reason: Rejection): void {
    increase(this.#rejected, `${labels},reason="${reason}"`)
  }

  dispatched(labels: string): void {
    increase(this.#dispatched, labels)
  }

  waited(labels: string, ms: number, execute: boolean): void {
    observe(this.#waits, `${labels},execute="${execute}"`, ms / 1000)
  }

  executed(labels: string, ms: number): void {
    observe(this.#executions, `${labels},type="regular"`, ms / 1000)
  }

  /** By the names of their families, without the prefix. */
  families(): readonly (readonly [name: string, type: string, lines: readonly string[]])[] {
    return [
      ['rejected_requests_total', 'counter', counters(this.#rejected)],
      ['dispatched_requests_total', 'counter', counters(this.#dispatched)],
      ['request_wait_duration_seconds', 'histogram', histograms(this.#waits)],
      ['request_execution_seconds', 'histogram', histograms(this.#executions)],
    ]
  }
}

function increase(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1)
}

function observe(all: Map<string, Times>, labels: string, seconds: number): void {
  let times = all.get(labels)
  if (!times) {
    times = { counts: new Array(buckets.length + 1).fill(0), sum: 0 }
    all.set(labels, times)
  }
  const bucket = buckets.findIndex((bound) => seconds <= bound)
  times.counts[bucket < 0 ? buckets.length : bucket]!++
  times.sum += seconds
}

function counters(counts: ReadonlyMap<string, number>): readonly string[] {
  return Array.from(counts, ([labels, count]) => `{${labels}} ${count}`)
}

function histograms(all: ReadonlyMap<string, Times>): readonly string[] {
  return Array.from(all).flatMap(([labels, { counts, sum }]) => {
    let total = 0
    const lines = [...buckets, '+Inf'].map((bound, i) => {
      total += counts[i] ?? 0
      return `_bucket{${labels},le="${bound}"} ${total}`
    })
    return [...lines, `_sum{${labels}} ${sum}`, `_count{${labels}} ${total}`]
  })
}
