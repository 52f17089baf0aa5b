import { familyPieces, type Sample, type TextFamily } from './text-format.ts'

/** How much a family may still change (KEP-1209). */
export type MetricStability = 'ALPHA' | 'BETA' | 'STABLE'

/** What is said of a family of metrics: its name, and what its series differ by. */
export interface MetricFacts {
  readonly name: string
  readonly help: string
  readonly stability: MetricStability
  /** The names of the labels, in the order in which their values are given. */
  readonly labels?: readonly string[]
}

/** A counter only grows. */
export interface Counter {
  increase(by?: number): void
}

/** A gauge goes up and down. */
export interface Gauge {
  set(value: number): void
  add(by: number): void
}

/** A histogram counts values by the bucket that they fall into. */
export interface Histogram {
  observe(value: number): void
}

/** The series of a family by the values of its labels; each is made when it is first asked for. */
export type Labelled<Series> = (...values: readonly string[]) => Series

/** One value of a family that is looked up when it is read. */
export interface ObservedValue {
  readonly labels?: readonly string[]
  readonly value: number
}

/**
 * What the parts of one process count, under names that stand for the same wherever they are asked for: a
 * family that is there already is given again, and only grows by series.
 */
export interface MetricRegistry {
  counter(facts: MetricFacts): Labelled<Counter>
  gauge(facts: MetricFacts): Labelled<Gauge>
  /** `buckets` are upper bounds, rising. */
  histogram(facts: MetricFacts & { readonly buckets: readonly number[] }): Labelled<Histogram>
  /** Values that are looked up whenever somebody reads; several may add to one family. */
  observed(
    facts: MetricFacts & { readonly type: 'counter' | 'gauge' },
    read: () => Iterable<ObservedValue>,
  ): void
  /** All families by their names, in the text format of Prometheus (0.0.4). */
  text(): string
  /** The same piece by piece, read at once and written as it is asked for. */
  pieces(): Iterable<string>
}

interface Family {
  readonly facts: MetricFacts
  readonly type: TextFamily['type']
  readonly sources: (() => Iterable<Sample>)[]
  readonly of: Labelled<unknown>
}

/** Makes a registry without families. */
export function createMetricRegistry(): MetricRegistry {
  const families = new Map<string, Family>()

  function family(
    facts: MetricFacts,
    type: Family['type'],
    make: () => Pick<Family, 'of'> & { readonly samples: () => Iterable<Sample> },
  ): Family {
    const known = families.get(facts.name)
    if (known) return known
    const { of, samples } = make()
    const made: Family = { facts, type, sources: [samples], of }
    families.set(facts.name, made)
    return made
  }

  /** All values are of one instant; what takes its time is to write them. */
  function pieces(): Iterable<string> {
    const sorted = [...families.values()].sort((a, b) => (a.facts.name < b.facts.name ? -1 : 1))
    return written(sorted.map(readFamily))
  }

  return {
    counter(facts) {
      const made = family(facts, 'counter', () => seriesOf(createCounter))
      // Cast: families of one name are of one type.
      return made.of as Labelled<Counter>
    },
    gauge(facts) {
      const made = family(facts, 'gauge', () => seriesOf(createGauge))
      // Cast: families of one name are of one type.
      return made.of as Labelled<Gauge>
    },
    histogram(facts) {
      const { buckets } = facts
      const made = family(facts, 'histogram', () => seriesOf(() => createHistogram(buckets)))
      // Cast: families of one name are of one type.
      return made.of as Labelled<Histogram>
    },
    observed({ type, ...facts }, read) {
      const made = family(facts, type, () => ({ of: unlabelled, samples: () => [] }))
      made.sources.push(function* () {
        for (const { labels = [], value } of read()) yield { suffix: '', labels, value }
      })
    },
    text: () => [...pieces()].join(''),
    pieces,
  }
}

function* written(families: readonly TextFamily[]): Generator<string> {
  for (const family of families) yield* familyPieces(family)
}

function unlabelled(): undefined {
  return undefined
}

function readFamily({ facts, type, sources }: Family): TextFamily {
  const { labels = [] } = facts
  return { ...facts, labels, type, samples: sources.flatMap((samples) => [...samples()]) }
}

type Series = { readonly samples: (labels: readonly string[]) => Iterable<Sample> }

/** What no value of a label holds, so that no two lists of values are taken for one. */
const separator = '\u0000'

function seriesOf<S extends Series>(create: () => S) {
  const all = new Map<string, { readonly values: readonly string[]; readonly series: S }>()
  const of = (...values: readonly string[]): S => {
    const key = values.length === 1 ? (values[0] ?? '') : values.join(separator)
    const known = all.get(key)
    if (known) return known.series
    const series = create()
    all.set(key, { values, series })
    return series
  }
  return {
    of,
    *samples(): Generator<Sample> {
      for (const { values, series } of all.values()) yield* series.samples(values)
    },
  }
}

function createCounter(): Counter & Series {
  let value = 0
  return {
    increase(by = 1) {
      value += by
    },
    samples: (labels) => [{ suffix: '', labels, value }],
  }
}

function createGauge(): Gauge & Series {
  let value = 0
  return {
    set(to) {
      value = to
    },
    add(by) {
      value += by
    },
    samples: (labels) => [{ suffix: '', labels, value }],
  }
}

function createHistogram(buckets: readonly number[]): Histogram & Series {
  const counts = new Array<number>(buckets.length + 1).fill(0)
  let sum = 0
  return {
    observe(value) {
      let at = 0
      while (at < buckets.length && value > (buckets[at] ?? 0)) at++
      counts[at] = (counts[at] ?? 0) + 1
      sum += value
    },
    *samples(labels) {
      let total = 0
      for (const [at, bound] of [...buckets, Number.POSITIVE_INFINITY].entries()) {
        total += counts[at] ?? 0
        yield { suffix: '_bucket', labels, bound, value: total }
      }
      yield { suffix: '_sum', labels, value: sum }
      yield { suffix: '_count', labels, value: total }
    },
  }
}
