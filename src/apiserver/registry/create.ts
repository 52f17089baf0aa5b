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
  type Stored,
  serverTimeout,
} from '#machinery'
import { admitted, attributesOf, mutated, refuseIf } from './admit.ts'
import { allocateFor } from './allocate.ts'
import { commit } from './commit.ts'
import { decodeObject } from './decode.ts'
import type { Scope } from './scope.ts'
import { storedForm } from './views.ts'

/** Names that are drawn before giving up on a generateName (upstream: 8 with the retry gate). */
const nameAttempts = 8
const allocationAttempts = 16

/** POST of an object. */
export async function createObject(scope: Scope): Promise<Encoded<Stored>> {
  const schema = scope.world.schemaOf(scope.resource.schemaName)
  const decoded = decodeObject(scope, { ...scope.resource, schema })
  return createDecoded(scope, decoded)
}

/** Creates an object that has been decoded; also what apply and update-or-create end in. */
export async function createDecoded(scope: Scope, decoded: KubeObject): Promise<Encoded<Stored>> {
  const generated = decoded.metadata?.generateName && !decoded.metadata.name
  for (let attempt = 1; ; attempt++) {
    const created = await tryCreate(scope, decoded)
    if (created.kind === 'created') return created.object
    if (!generated) throw alreadyExists(scope.resource, created.name)
    if (attempt === nameAttempts) throw generateNameConflict(scope.resource, created.name, 1)
  }
}

type Attempt =
  | { readonly kind: 'created'; readonly object: Encoded<Stored> }
  | { readonly kind: 'exists'; readonly name: string }

async function tryCreate(scope: Scope, decoded: KubeObject): Promise<Attempt> {
  const { world, stored } = scope
  const context = { nowMs: world.clock.wallMs(), user: scope.user.name }
  const named = { ...decoded, metadata: newMetadata(scope, decoded) }
  const draft = storedForm(scope, named)
  const prepared = stored.strategy.prepareForCreate?.(draft as never, context) ?? draft
  const name = prepared.metadata?.name ?? ''
  const attributes = attributesOf(scope, 'create', name)
  const changed = await mutated(scope, prepared, attributes)
  // Plugins add fields as a client would, so the defaults of what they add are due as well.
  const complete = stored.strategy.default?.(changed as never) ?? changed
  for (let attempt = 1; ; attempt++) {
    const allocation = allocateFor(scope, complete, undefined)
    refuseIf(scope, name, stored.strategy.validate(allocation.object as never))
    await admitted(scope, allocation.object, attributes)
    scope.warnings.push(...(stored.strategy.warnings?.(allocation.object as never) ?? []))
    if (scope.dryRun) return { kind: 'created', object: encodedFrom(allocation.object as Stored) }
    const outcome = await commit(scope, { verb: 'create', name, expected: 'absent', ...allocation })
    if (outcome.kind === 'done') return { kind: 'created', object: outcome.object }
    if (outcome.ownKey) return { kind: 'exists', name }
    if (attempt === allocationAttempts) throw serverTimeout(scope.resource, 'create', 1)
  }
}

function newMetadata(scope: Scope, { metadata = {} }: KubeObject): ObjectMeta {
  if (metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created')
  }
  const {
    deletionTimestamp: _t,
    deletionGracePeriodSeconds: _g,
    selfLink: _s,
    resourceVersion: _r,
    ...kept
  } = metadata
  const { world, stored } = scope
  const name =
    metadata.name ||
    (metadata.generateName ? generateName(metadata.generateName, world.random) : '')
  const namespace = namespaceFor(scope, metadata)
  return {
    ...kept,
    ...(name === '' ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    uid: world.random.uuid(),
    creationTimestamp: formatTime(world.clock.wallMs()),
    ...(stored.strategy.tracksGeneration ? { generation: 1 } : {}),
  }
}

function namespaceFor({ stored, namespace }: Scope, metadata: ObjectMeta): string | undefined {
  if (stored.scope === 'Cluster') return metadata.namespace
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  return namespace
}
