import type { Clock, MetricRegistry, ObservedValue } from '#lib'
import { type ApiResponse, groupResourceOf, type Resource } from '#machinery'
import type { Caches } from '../cache/caches.ts'
import type { ResourceCache } from '../cache/resource-cache.ts'
import type { Served } from '../served/served.ts'

export interface ServerMetricsOptions {
  readonly registry: MetricRegistry
  readonly clock: Clock
  readonly caches: Caches
  readonly served: Served
}

/** What a server says of its caches and itself, looked up when somebody asks. */
export function observeServer({ registry, clock, caches, served }: ServerMetricsOptions): void {
  const startedSeconds = clock.wallMs() / 1000
  const each = function* (
    values: (resource: Resource, cache: ResourceCache) => Iterable<ObservedValue>,
  ) {
    for (const resource of served.all) {
      if (!resource.view) yield* values(resource, caches.of(resource))
    }
  }
  registry.observed(
    {
      name: 'apiserver_resource_objects',
      help: 'Objects that are stored, by kind.',
      stability: 'ALPHA',
      labels: ['group', 'resource'],
      type: 'gauge',
    },
    () => each(({ group, plural }, { size }) => [{ labels: [group, plural], value: size }]),
  )
  registry.observed(
    {
      name: 'apiserver_storage_objects',
      help: 'Objects that are stored, by kind; apiserver_resource_objects says it too.',
      stability: 'STABLE',
      labels: ['resource'],
      type: 'gauge',
    },
    () => each((resource, { size }) => [{ labels: [groupResourceOf(resource)], value: size }]),
  )
  registry.observed(
    {
      name: 'apiserver_watch_cache_resource_version',
      help: 'The revision that the caches have seen, by kind.',
      stability: 'ALPHA',
      labels: ['group', 'resource'],
      type: 'gauge',
    },
    () => each(({ group, plural }) => [{ labels: [group, plural], value: caches.revision }]),
  )
  registry.observed(
    {
      name: 'apiserver_watch_events_total',
      help: 'Events of watches, for clients and for whoever runs in the same process.',
      stability: 'ALPHA',
      labels: ['group', 'version', 'resource'],
      type: 'counter',
    },
    () =>
      each(({ group, version, plural }, { framesSent }) =>
        framesSent === 0 ? [] : [{ labels: [group, version, plural], value: framesSent }],
      ),
  )
  registry.observed(
    {
      name: 'apiserver_longrunning_requests',
      help: 'Watches that are open, by what they watch.',
      stability: 'STABLE',
      labels: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
      type: 'gauge',
    },
    () => each(openWatches),
  )
  registry.observed(
    {
      name: 'process_start_time_seconds',
      help: 'When the process began, in seconds since 1970.',
      stability: 'ALPHA',
      type: 'gauge',
    },
    () => [{ value: startedSeconds }],
  )
}

function* openWatches(
  { group, version, plural }: Resource,
  { watchersByScope }: ResourceCache,
): Generator<ObservedValue> {
  for (const [scope, value] of watchersByScope()) {
    yield { labels: ['WATCH', group, version, plural, '', scope, 'apiserver'], value }
  }
}

/** The answer to who asks for metrics, which a busy server has megabytes of. */
export function answerMetrics(registry: MetricRegistry): ApiResponse {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8'
  return {
    status: 200,
    headers: {},
    body: { kind: 'pieces', contentType, pieces: encoded(registry.pieces()) },
  }
}

function* encoded(texts: Iterable<string>): Generator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}
