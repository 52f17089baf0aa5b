import type { MetricRegistry } from '#lib'
import type { Aggregation } from './aggregation/aggregation.ts'
import { handleResource } from './registry/verbs/handle.ts'
import type { PathHandler } from './request/path-handler.ts'
import type { RegistryServices } from './request/resource-request.ts'
import { removedRelease, scopeOf } from './scope.ts'
import type { Served } from './served/served.ts'

interface Routes {
  readonly world: RegistryServices
  readonly served: Served
  readonly aggregation: Aggregation
  readonly answerPath: PathHandler
  readonly extraPaths: ReadonlyMap<string, PathHandler> | undefined
  readonly metrics: MetricRegistry
}

/** Who answers a request: another server, a path of its own, or the registry. */
export function routeOf(routes: Routes): PathHandler {
  const { world, served, aggregation, answerPath, extraPaths, metrics } = routes
  const deprecated = metrics.gauge({
    name: 'apiserver_requested_deprecated_apis',
    help: 'Kinds on their way out that somebody has asked for.',
    stability: 'STABLE',
    labels: ['group', 'version', 'resource', 'subresource', 'removed_release'],
  })
  return (context, signal) => {
    const { info } = context
    const elsewhere = aggregation.answer(context, signal)
    if (elsewhere) return elsewhere
    if (info.kind === 'path') return (extraPaths?.get(info.path) ?? answerPath)(context, signal)
    const scope = scopeOf({ world, served }, context, signal)
    const { group, version, plural, deprecation } = scope.resource
    if (deprecation) {
      deprecated(group, version, plural, scope.subresource, removedRelease(deprecation)).set(1)
    }
    return handleResource(scope, info.verb)
  }
}
