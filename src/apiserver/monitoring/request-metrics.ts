import { type Clock, derived, type Histogram, type MetricRegistry } from '#lib'
import type { ApiRequest, ApiResponse } from '#machinery'
import { mediaTypeOf } from '../request/media-type.ts'
import type { RequestInfo } from '../request/request-info.ts'
import type { Served } from '../served/served.ts'

/** What is counted of requests. */
export interface RequestMetrics {
  /** Takes note of a request that is being answered, until the result is called. */
  begin(info: RequestInfo): () => void
  /** Takes note of an answer, and gives it back. `info` is absent where the path could not be read. */
  answered(
    asked: {
      readonly request: ApiRequest
      readonly info: RequestInfo | undefined
      readonly startMs: number
    },
    response: ApiResponse,
  ): ApiResponse
}

interface RequestMetricsOptions {
  readonly registry: MetricRegistry
  readonly clock: Clock
  readonly served: Served
}

/** Upper bounds in seconds, upstream's. */
const durations = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]
const sizes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
const eventSizes = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]

/** The labels of what was asked, in the order of `labelNames`. */
type Labels = readonly [
  verb: string,
  group: string,
  version: string,
  resource: string,
  subresource: string,
  scope: string,
]

const names = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const
const component = 'apiserver'

/** Makes the counters of requests, with upstream's names and labels. */
export function createRequestMetrics(options: RequestMetricsOptions): RequestMetrics {
  const { registry, clock, served } = options
  const families = familiesOf(registry)
  const labelsOf = derived((info: RequestInfo): Labels => labelsOfInfo(info, served))
  const seriesOf = derived((labels: Labels) => new SeriesByWish(labels, families))
  return {
    begin(info) {
      const inflight = families.inflight(isReading(info) ? 'readOnly' : 'mutating')
      inflight.add(1)
      return () => inflight.add(-1)
    },
    answered({ request, info, startMs }, response) {
      const labels = info ? labelsOf(info) : unreadable
      const isWatch = labels[0] === 'WATCH'
      const series = seriesOf(labels).of(request)
      const count = () => {
        const seconds = (clock.monotonicMs() - startMs) / 1000
        series.code(response.status).increase()
        series.duration.observe(seconds)
        series.sli?.observe(seconds)
      }
      // What is sent to somebody else is known only when it has been sent.
      if (!isWatch || !request.whenSent) count()
      request.whenSent?.((bytes) => {
        if (isWatch) count()
        series.size?.observe(bytes)
      })
      if (!isWatch || !request.whenSent || response.status !== 200) return response
      const size = families.eventSizes(labels[1], labels[2], labels[3])
      return { ...response, eventSent: (bytes) => size.observe(bytes) }
    },
  }
}

const unreadable: Labels = ['', '', '', '', '', '']

function familiesOf(registry: MetricRegistry) {
  return {
    inflight: registry.gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Requests that are being answered at the moment, by whether they may change anything.',
      stability: 'STABLE',
      labels: ['request_kind'],
    }),
    total: registry.counter({
      name: 'apiserver_request_total',
      help: 'Requests that were answered, by what was asked and the code of the answer.',
      stability: 'STABLE',
      labels: [...names, 'dry_run', 'code'],
    }),
    durations: registry.histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'How long answers took, in seconds, by what was asked.',
      stability: 'STABLE',
      labels: [...names, 'dry_run'],
      buckets: durations,
    }),
    sli: registry.histogram({
      name: 'apiserver_request_sli_duration_seconds',
      help: 'How long answers took, in seconds, by what was asked, apart from dry runs.',
      stability: 'ALPHA',
      labels: names,
      buckets: durations.slice(2),
    }),
    sizes: registry.histogram({
      name: 'apiserver_response_sizes',
      help: 'How many bytes answers to reads had that were sent to clients, by what was asked.',
      stability: 'STABLE',
      labels: names,
      buckets: sizes,
    }),
    eventSizes: registry.histogram({
      name: 'apiserver_watch_events_sizes',
      help: 'How many bytes events of watches had that were sent to clients.',
      stability: 'ALPHA',
      labels: ['group', 'version', 'resource'],
      buckets: eventSizes,
    }),
  }
}

type Families = ReturnType<typeof familiesOf>

/** The series of one request line, which differ by headers and queries. */
class SeriesByWish {
  readonly #labels: Labels
  readonly #families: Families
  readonly #byWish = new Map<string, RequestSeries>()

  constructor(labels: Labels, families: Families) {
    this.#labels = labels
    this.#families = families
  }

  of(request: ApiRequest): RequestSeries {
    const [verb] = this.#labels
    const isApply = verb === 'PATCH' && mediaTypeOf(request).startsWith('application/apply-patch')
    const dryRun = request.query.has('dryRun') ? 'All' : ''
    const wish = `${isApply ? 'APPLY' : verb} ${dryRun}`
    const known = this.#byWish.get(wish)
    if (known) return known
    const made = this.#make(isApply ? 'APPLY' : verb, dryRun)
    this.#byWish.set(wish, made)
    return made
  }

  #make(verb: string, dryRun: string): RequestSeries {
    const [, ...rest] = this.#labels
    const labels = [verb, ...rest, component]
    const { total, durations: all, sli, sizes: bytes } = this.#families
    const isRead = verb === 'GET' || verb === 'LIST'
    return {
      code: (code) => total(...labels, dryRun, String(code)),
      duration: all(...labels, dryRun),
      sli: dryRun === '' ? sli(...labels) : undefined,
      size: isRead ? bytes(...labels) : undefined,
    }
  }
}

interface RequestSeries {
  readonly code: (code: number) => ReturnType<Families['total']>
  readonly duration: Histogram
  readonly sli: Histogram | undefined
  readonly size: Histogram | undefined
}

const connecting: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])
const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head', 'options'])

function isReading({ verb }: RequestInfo): boolean {
  return reading.has(verb)
}

/** What resources call verbs, as the methods that upstream counts by. */
const verbs: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  head: 'GET',
}
const methods: ReadonlySet<string> = new Set(['get', 'head', 'post', 'put', 'patch', 'delete'])

/** What anybody may make up is no label, or they would fill the memory; neither are names of objects. */
function labelsOfInfo(info: RequestInfo, served: Served): Labels {
  if (info.kind === 'path') {
    const verb = methods.has(info.verb) ? (verbs[info.verb] ?? info.verb).toUpperCase() : ''
    return [verb, '', '', '', '', '']
  }
  const { group, version, resource, subresource, name, namespace } = info
  const found = served.find(group, version, resource)
  if (!found) return unreadable
  if (subresource !== '' && found.subresources?.[subresource] === undefined) return unreadable
  const scope =
    name !== '' || info.verb === 'create' ? 'resource' : namespace ? 'namespace' : 'cluster'
  const verb = connecting.has(subresource)
    ? 'CONNECT'
    : (verbs[info.verb] ?? info.verb.toUpperCase())
  return [verb, group, version, resource, subresource, scope]
}
