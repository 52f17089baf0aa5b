import { type Clock, derived } from '#lib'
import { type ApiResponse, groupResourceOf, type Resource } from '#machinery'
import type { Caches } from '../cache/caches.ts'
import type { RequestInfo } from '../request/request-info.ts'
import type { Served } from '../served/served.ts'

/** What the server counts, in the text form of Prometheus. Names are upstream's where it has them. */
export interface Metrics {
  /** Takes note of an answered request. `info` is absent where the path could not be read. */
  count(info: RequestInfo | undefined, status: number, durationMs: number): void
  answer(): ApiResponse
}

export interface MetricsOptions {
  readonly clock: Clock
  readonly caches: Caches
  readonly served: Served
  /** Lines of others. */
  readonly more?: () => readonly string[]
}

/** Upper bounds in seconds. */
const buckets = [0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

interface Series {
  readonly byCode: Map<number, number>
  readonly counts: number[]
  sumSeconds: number
}

export function createMetrics({ clock, caches, served, more }: MetricsOptions): Metrics {
  const startedMs = clock.wallMs()
  const requests = new Map<string, Series>()
  const seriesLabelled = (labels: string): Series => {
    const series = requests.get(labels) ?? newSeries()
    requests.set(labels, series)
    return series
  }
  const seriesOfInfo = derived((info: RequestInfo) => seriesLabelled(labelsOf(info)))
  const seriesOf = (info: RequestInfo | undefined): Series =>
    info && isLabel(info, served) ? seriesOfInfo(info) : seriesLabelled(labelsOf(undefined))
  return {
    count(info, status, durationMs) {
      const series = seriesOf(info)
      series.byCode.set(status, (series.byCode.get(status) ?? 0) + 1)
      const seconds = durationMs / 1000
      const bucket = buckets.findIndex((bound) => seconds <= bound)
      series.counts[bucket < 0 ? buckets.length : bucket]!++
      series.sumSeconds += seconds
    },
    answer() {
      const stored = served.all.filter(({ view }) => !view)
      const text = [
        ...family('apiserver_request_total', 'counter', totals(requests)),
        ...family('apiserver_request_duration_seconds', 'histogram', durations(requests)),
        ...family(
          'apiserver_registered_watchers',
          'gauge',
          stored.map((resource) => gauge(resource, caches.of(resource).watcherCount)),
        ),
        ...family(
          'apiserver_resource_objects',
          'gauge',
          stored.map((resource) => gauge(resource, caches.of(resource).size)),
        ),
        ...family('apiserver_watch_cache_resource_version', 'gauge', [` ${caches.revision}`]),
        ...(more?.() ?? []),
        ...family('process_start_time_seconds', 'gauge', [` ${startedMs / 1000}`]),
      ]
      const contentType = 'text/plain; version=0.0.4; charset=utf-8'
      const bytes = Buffer.from(`${text.join('\n')}\n`)
      return { status: 200, headers: {}, body: { kind: 'bytes', contentType, bytes } }
    },
  }
}

function newSeries(): Series {
  return { byCode: new Map(), counts: new Array(buckets.length + 1).fill(0), sumSeconds: 0 }
}

const methods: ReadonlySet<string> = new Set(['get', 'head', 'post', 'put', 'patch', 'delete'])

/** What anybody may make up is no label either, or they would fill the memory. */
function isLabel(info: RequestInfo, served: Served): boolean {
  if (info.kind === 'path') return methods.has(info.verb)
  const resource = served.find(info.group, info.version, info.resource)
  if (!resource) return false
  return info.subresource === '' || resource.subresources?.[info.subresource] !== undefined
}

/** Names of objects are no labels: there is no end to them. */
function labelsOf(info: RequestInfo | undefined): string {
  if (info?.kind !== 'resource') return `verb="${(info?.verb ?? '').toUpperCase()}",resource=""`
  const { verb, group, version, resource, subresource } = info
  const what = `group="${group}",version="${version}",resource="${resource}",subresource="${subresource}"`
  return `verb="${verb.toUpperCase()}",${what}`
}

function* totals(requests: ReadonlyMap<string, Series>): Generator<string> {
  for (const [labels, { byCode }] of requests) {
    for (const [code, count] of byCode) yield `{${labels},code="${code}"} ${count}`
  }
}

function* durations(requests: ReadonlyMap<string, Series>): Generator<string> {
  for (const [labels, { counts, sumSeconds }] of requests) {
    let sum = 0
    for (const [index, bound] of [...buckets, '+Inf'].entries()) {
      sum += counts[index] ?? 0
      yield `_bucket{${labels},le="${bound}"} ${sum}`
    }
    yield `_sum{${labels}} ${sumSeconds}`
    yield `_count{${labels}} ${sum}`
  }
}

function gauge(resource: Resource, value: number): string {
  return `{resource="${groupResourceOf(resource)}"} ${value}`
}

function family(name: string, type: string, lines: Iterable<string>): readonly string[] {
  return [`# TYPE ${name} ${type}`, ...Array.from(lines, (line) => `${name}${line}`)]
}
