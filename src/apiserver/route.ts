import type { MetricRegistry } from '#lib'
import type { Aggregation } from './aggregation/aggregation.ts'
import { handleResource } from './registry/verbs/handle.ts'
import type { PathHandler } from './request/path-handler.ts'
import type { RequestContext } from './request/request-context.ts'
import type { ResourceInfo } from './request/request-info.ts'
import type { RegistryServices } from './request/resource-request.ts'
import { removedRelease, scopeOf } from './scope.ts'
import type { Served } from './served/served.ts'
import { type RequestSpan, withSpan } from './spans/request-span.ts'
import { resourceAttributes } from './tracing/http-attributes.ts'

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
    const span = handlerSpan(context, info)
    const inside = span ? { ...context, span } : context
    const scope = scopeOf({ world, served }, inside, signal)
    const { group, version, plural, deprecation } = scope.resource
    if (deprecation) {
      deprecated(group, version, plural, scope.subresource, removedRelease(deprecation)).set(1)
    }
    return withSpan(span, () => handleResource(scope, info.verb))
  }
}

/** What carries out a verb, by upstream's names; a watch goes on too long for a piece of work. */
const spanNames: Readonly<Partial<Record<ResourceInfo['verb'], string>>> = {
  get: 'Get',
  list: 'List',
  create: 'Create',
  update: 'Update',
  patch: 'Patch',
  delete: 'Delete',
  deletecollection: 'Delete',
}

function handlerSpan(
  { request, span }: RequestContext,
  info: ResourceInfo,
): RequestSpan | undefined {
  const name = spanNames[info.verb]
  if (!span || name === undefined) return undefined
  const own = span.begin(name, resourceAttributes(request, info, span.auditId))
  const { body } = request
  if (body?.kind === 'bytes') own.event('limitedReadBody succeeded', { len: body.bytes.length })
  return own
}
