import { andThen, type MaybePromise } from '#lib'
import { authorize } from '../../filters/authorization.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import type { ObjectWrite } from './write.ts'

/** Stage: who writes may do so in the way that the write has turned out to need. @throws StatusError 403. */
export function permit(write: ObjectWrite): MaybePromise<ObjectWrite> {
  return write.permit ? andThen(write.permit(), () => write) : write
}

/**
 * Whether the user may create what the request names: PUT and apply create what is absent, and the
 * right to update or patch is none to create (upstream: `withAuthorization` of `endpoints/handlers`).
 */
export function permitCreate({
  world,
  resource: { group, version, plural },
  user,
  namespace,
  name,
  signal,
}: RequestScope): MaybePromise<void> {
  const what = { group, version, resource: plural, subresource: '', namespace, name }
  return authorize(world.authorizer, { kind: 'resource', user, verb: 'create', ...what }, signal)
}
