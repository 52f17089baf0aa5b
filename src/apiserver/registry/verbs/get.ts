import type { Encoded, Stored } from '#machinery'
import { notFound } from '#machinery/status'
import type { RequestScope } from '../../request/resource-request.ts'
import { withSpan } from '../../spans/request-span.ts'
import { toRequestVersion } from '../bodies/conversion.ts'
import { revisionOf } from '../options/list-options.ts'

/** The object that the path names, as it is stored; undefined where there is none. */
export function existingObject(scope: RequestScope): Encoded<Stored> | undefined {
  const { world, stored, namespace, name } = scope
  return world.caches.of(stored).get(namespace, name)
}

/** The object that the path names, as it is stored. @throws StatusError 404. */
export function currentObject(scope: RequestScope): Encoded<Stored> {
  const found = existingObject(scope)
  if (!found) throw notFound(scope.resource, scope.name)
  return found
}

/** GET of one object, as new as its resourceVersion asks for; without one, as new as there is. */
export async function getObject(scope: RequestScope): Promise<Encoded<Stored>> {
  scope.span?.event('About to Get from storage')
  const { stored, namespace, name, request, span } = scope
  const within = span?.begin('cacher.Get', {
    'audit-id': span.auditId,
    key: `/${[stored.plural, namespace, name].filter(Boolean).join('/')}`,
    'resource-version': request.query.get('resourceVersion') ?? '',
  })
  await withSpan(within, () => freshEnough(scope))
  return toRequestVersion(scope.resource, currentObject(scope))
}

/** Waits until the caches are as new as the request asks for. */
export async function freshEnough({ world, request }: RequestScope): Promise<void> {
  const version = request.query.get('resourceVersion') ?? ''
  if (version === '') await world.caches.upToDate()
  else await world.caches.reached(revisionOf(version))
}
