import { notFound } from '#machinery/status'
import type { AuditNotes } from './request/request-audit.ts'
import type { RequestContext } from './request/request-context.ts'
import { type RegistryServices, type RequestScope, turnOf } from './request/resource-request.ts'
import { pathNotFound } from './served/path-not-found.ts'
import type { Served } from './served/served.ts'

/** What a request at a resource is about. @throws StatusError 404 for what is not served. */
export function scopeOf(
  { world, served }: { readonly world: RegistryServices; readonly served: Served },
  { request, info, user, warnings, audit, span }: RequestContext,
  signal: AbortSignal,
): RequestScope {
  if (info.kind === 'path') throw pathNotFound()
  const resource = served.find(info.group, info.version, info.resource)
  const stored = resource && served.storedAs(resource)
  if (!resource || !stored) throw pathNotFound()
  const namespace = resource.plural === 'namespaces' ? '' : info.namespace
  if (resource.scope === 'Cluster' && namespace !== '') throw pathNotFound()
  if (resource.scope === 'Namespaced' && namespace === '' && needsNamespace(info.verb)) {
    throw info.name === '' ? pathNotFound() : notFound(resource, info.name)
  }
  if (resource.deprecation) warnings.push(resource.deprecation)
  if (audit && resource.deprecation) noteDeprecation(audit, resource.deprecation)
  return {
    world,
    resource,
    stored,
    request,
    user,
    namespace,
    name: info.name,
    subresource: info.subresource,
    signal,
    warnings,
    audit,
    span,
    turn: turnOf(request, world.clock),
  }
}

/** In which release a built-in version goes, as the warning about it says; empty where it says nothing. */
export function removedRelease(warning: string): string {
  return /unavailable in v(\d+\.\d+)\+/.exec(warning)?.[1] ?? ''
}

function noteDeprecation({ annotate }: AuditNotes, warning: string): void {
  annotate('k8s.io/deprecated', 'true')
  const release = removedRelease(warning)
  if (release) annotate('k8s.io/removed-release', release)
}

function needsNamespace(verb: string): boolean {
  return !['list', 'watch', 'deletecollection', 'create'].includes(verb)
}
