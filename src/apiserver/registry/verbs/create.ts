import {
  alreadyExists,
  badRequest,
  type Encoded,
  encodedFrom,
  formatTime,
  generateName,
  generateNameConflict,
  type KubeObject,
  type ObjectMeta,
  StatusError,
  type Stored,
  serverTimeout,
} from '#machinery'
import type { Scope } from '../../request/resource-request.ts'
import { admitted, attributesOf, mutated, refuseIf } from '../admit.ts'
import { shown, storedForm } from '../bodies/conversion.ts'
import { decodeObject } from '../bodies/decode.ts'
import { writeOptionsOf } from '../options/write-options.ts'
import { allocateFor } from '../write/allocate.ts'
import { commit } from '../write/commit.ts'
import { owned } from '../write/field-managers.ts'
import { metadataForCreate } from '../write/server-metadata.ts'

/** Names that are drawn before giving up on a generateName (upstream: `maxNameGenerationCreateAttempts`). */
const nameAttempts = 8
const allocationAttempts = 16

/** POST of an object. */
export async function createObject(scope: Scope): Promise<Encoded<Stored>> {
  const options = writeOptionsOf(scope.request.query, 'CreateOptions')
  const schema = scope.world.schemaOf(scope.resource.schemaName)
  const decoded = decodeObject(scope, { ...scope.resource, schema }, options)
  return createDecoded({ ...scope, dryRun: options.dryRun }, decoded)
}

/** Creates an object that has been decoded; what PUT of an absent name ends in as well. */
export async function createDecoded(scope: Scope, decoded: KubeObject): Promise<Encoded<Stored>> {
  checkNew(scope, decoded)
  const { name = '', generateName: prefix = '' } = decoded.metadata ?? {}
  for (let attempt = 1; ; attempt++) {
    const drawn = name || (prefix && generateName(prefix, scope.world.random))
    const created = await tryCreate(scope, decoded, drawn)
    if (created) return shown(scope.resource, created)
    if (name !== '') throw alreadyExists(scope.resource, name)
    if (attempt === nameAttempts) throw generateNameConflict(scope.resource, drawn, 1)
  }
}

/** Undefined when the name is taken. */
async function tryCreate(
  scope: Scope,
  decoded: KubeObject,
  name: string,
): Promise<Encoded<Stored> | undefined> {
  const { stored, warnings, world } = scope
  const draft = { ...decoded, metadata: newMetadata(scope, decoded.metadata ?? {}, name) }
  const attributes = attributesOf(scope, 'create', decoded.metadata?.name ?? '')
  const complete = await defaultedAndMutated(scope, draft, attributes)
  const context = { nowMs: world.clock.wallMs(), user: scope.user.name }
  const prepared = stored.strategy.prepareForCreate?.(complete, context) ?? complete
  for (let attempt = 1; ; attempt++) {
    const allocation = allocateFor(scope, owned(scope, prepared, undefined), undefined)
    refuseIf(scope, name, stored.strategy.validate(allocation.object))
    await admitted(scope, allocation.object, attributes)
    if (attempt === 1) {
      warnings.push(...(stored.strategy.warnings?.(allocation.object) ?? []))
    }
    if (scope.dryRun) return dryRun(scope, name, allocation.object)
    const outcome = await commit(scope, { verb: 'create', name, expected: 'absent', ...allocation })
    if (outcome.kind === 'done') return outcome.object
    if (outcome.ownKey) return undefined
    if (attempt === allocationAttempts) throw serverTimeout(scope.resource, 'create', 1)
  }
}

/** Plugins add fields as a client would, so the defaults of what they add are due as well. */
async function defaultedAndMutated(
  scope: Scope,
  draft: KubeObject,
  attributes: ReturnType<typeof attributesOf>,
): Promise<KubeObject> {
  const defaulted = storedForm(scope, draft)
  const changed = await mutated(scope, defaulted, attributes)
  if (changed === defaulted) return defaulted
  return scope.stored.strategy.default?.(changed) ?? changed
}

function dryRun(scope: Scope, name: string, object: KubeObject): Encoded<Stored> | undefined {
  const { world, stored, namespace } = scope
  const taken = world.objects.get(stored, namespace === '' ? { name } : { namespace, name })
  return taken ? undefined : encodedFrom(object as Stored)
}

function checkNew({ stored, namespace }: Scope, { metadata = {} }: KubeObject): void {
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
}

function newMetadata(
  { world, stored, namespace }: Scope,
  metadata: ObjectMeta,
  name: string,
): ObjectMeta {
  return metadataForCreate(metadata, {
    ...(name === '' ? {} : { name }),
    ...(stored.scope === 'Cluster' ? {} : { namespace }),
    uid: world.random.uuid(),
    creationTimestamp: formatTime(world.clock.wallMs()),
    ...(stored.strategy.tracksGeneration ? { generation: 1 } : {}),
  })
}
