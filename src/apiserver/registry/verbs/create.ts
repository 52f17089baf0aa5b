import { andThen } from '#lib'
import type { Encoded, KubeObject, Stored } from '#machinery'
import {
  alreadyExists,
  badRequest,
  generateNameConflict,
  StatusError,
  serverTimeout,
} from '#machinery/status'
import type { RequestScope } from '../../request/resource-request.ts'
import { toRequestVersion, withDefaults } from '../bodies/conversion.ts'
import { decodeObject } from '../bodies/decode.ts'
import { writeOptionsOf } from '../options/write-options.ts'
import { passStages, requestStages, storageStages } from '../stages.ts'
import { newWrite, type WriteRequest } from '../write/new-write.ts'
import type { Outcome } from '../write/write.ts'

/** Names that are drawn before giving up on a generateName (upstream: `maxNameGenerationCreateAttempts`). */
const nameAttempts = 8
/** How often a create is tried while other servers take what was allocated for it. */
const allocationAttempts = 16

/** POST of an object. */
export function createObject(scope: RequestScope): Promise<Encoded<Stored>> {
  const options = writeOptionsOf(scope.request.query, 'CreateOptions')
  const schema = scope.world.schemaOf(scope.resource.schemaName)
  const decode = () => {
    scope.span?.event('About to convert to expected version')
    return andThen(decodeObject(scope, { ...scope.resource, schema }, options), (object) => {
      scope.span?.event('Conversion done')
      scope.audit?.requestObject(object, (given) => withDefaults(scope.resource, given))
      return object
    })
  }
  scope.span?.event('About to store object in database')
  return createWith(scope, { options, decode })
}

/** Creates what a request decodes to; PUT and apply of an absent name come to this as well. */
export async function createWith(
  scope: RequestScope,
  request: WriteRequest,
): Promise<Encoded<Stored>> {
  const decode = () => andThen(request.decode(undefined), (object) => checkNew(scope, object))
  const write = await passStages(requestStages, newWrite(scope, { ...request, decode }), scope.turn)
  const { name = '' } = write.object.metadata ?? {}
  const warned = scope.warnings.length
  let [takenNames, lostAllocations] = [0, 0]
  for (;;) {
    scope.warnings.length = warned
    const { object, outcome } = await passStages(storageStages, write, scope.turn)
    if (outcome?.kind === 'done') return toRequestVersion(scope.resource, outcome.object)
    if (!isNameTaken(outcome)) {
      if (++lostAllocations === allocationAttempts) throw serverTimeout(scope.resource, 'create', 1)
      continue
    }
    if (name !== '') throw alreadyExists(scope.resource, name)
    const drawn = object.metadata?.name ?? ''
    if (++takenNames === nameAttempts) throw generateNameConflict(scope.resource, drawn, 1)
  }
}

function isNameTaken(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'conflict' && outcome.ownKey
}

/** A decoded object that is to be created. @throws StatusError for one that cannot be new here. */
function checkNew({ stored, namespace }: RequestScope, object: KubeObject): KubeObject {
  const { metadata = {} } = object
  if (metadata.resourceVersion) {
    // Upstream's store says so without a reason of its own.
    const message = 'resourceVersion should not be set on objects to be created'
    throw new StatusError({ code: 500, reason: '', message })
  }
  const own = metadata.namespace ?? ''
  if (stored.scope === 'Namespaced' && own !== '' && own !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  return object
}
