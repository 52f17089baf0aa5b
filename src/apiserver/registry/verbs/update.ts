import {
  badRequest,
  conflict,
  deepEqual,
  type Encoded,
  encodedFrom,
  fieldPath,
  invalidField,
  type KubeObject,
  notFound,
  optimisticLockMessage,
  type Stored,
} from '#machinery'
import { storeKeyOf } from '../../cache/keys.ts'
import type { Scope } from '../../request/resource-request.ts'
import { admitted, attributesOf, mutated, refuseIf } from '../admit.ts'
import { shown, storedForm } from '../bodies/conversion.ts'
import { decodeObject, type WantedKind } from '../bodies/decode.ts'
import { writeOptionsOf } from '../options/write-options.ts'
import { allocateFor } from '../write/allocate.ts'
import { commit } from '../write/commit.ts'
import { isFinalized } from '../write/deletion-step.ts'
import { owned } from '../write/field-managers.ts'
import { withGeneration, withServerMetadata } from '../write/server-metadata.ts'
import { createDecoded } from './create.ts'
import { removeNow } from './delete.ts'

/** How often a write without resourceVersion is tried against changing objects. */
const attempts = 20

/** Makes the new object from what stands; throws to refuse. */
export type Transform = (current: Encoded<Stored>) => Promise<KubeObject> | KubeObject

/** PUT of an object, or of a part of it. */
export async function updateObject(
  request: Scope,
): Promise<{ readonly object: Encoded<Stored>; readonly created: boolean }> {
  const options = writeOptionsOf(request.request.query, 'UpdateOptions')
  const scope = { ...request, dryRun: options.dryRun }
  const decoded = decodeObject(scope, wantedBody(scope), options)
  checkName(scope, decoded)
  const exists = standing(scope)
  if (!exists && scope.subresource === '' && scope.stored.strategy.allowCreateOnUpdate) {
    return { object: await createDecoded(scope, decoded), created: true }
  }
  const version = decoded.metadata?.resourceVersion
  if (!version && scope.stored.strategy.allowUnconditionalUpdate === false) {
    const detail = 'must be specified for an update'
    refuseIf(scope, scope.name, [invalidField(fieldPath('metadata', 'resourceVersion'), 0, detail)])
  }
  const object = await updateWith(
    scope,
    (current) => {
      checkPreconditions(scope, decoded, current.object)
      return toStored(scope, decoded, current.object)
    },
    Boolean(version),
  )
  return { object, created: false }
}

/** The kind that the body of a write to this path has. */
export function wantedBody(scope: Scope): WantedKind {
  const part = scope.resource.subresources?.[scope.subresource]
  if (part?.kind === 'projection') {
    return {
      group: part.group,
      version: part.version,
      kind: part.objectKind,
      schema: scope.world.schemaOf(part.schemaName),
    }
  }
  const { group, version, kind, schemaName } = scope.resource
  return { group, version, kind, schema: scope.world.schemaOf(schemaName) }
}

/** A decoded body in stored form; a projection is written into the object that stands. */
export function toStored(scope: Scope, decoded: KubeObject, current: Stored): KubeObject {
  const part = scope.stored.subresources?.[scope.subresource]
  if (part?.kind !== 'projection') return storedForm(scope, decoded)
  refuseIf(scope, scope.name, part.validate(decoded))
  return part.write(current, decoded)
}

function standing({ world, stored, namespace, name }: Scope): Encoded<Stored> | undefined {
  return world.caches.of(stored).get(namespace, name)
}

function keyOf({ stored, namespace, name }: Scope): string {
  return storeKeyOf(stored, namespace, name)
}

/** Applies a transform to what stands until nobody else writes in between, and answers with the result. */
export async function updateWith(
  scope: Scope,
  transform: Transform,
  isConditional: boolean,
): Promise<Encoded<Stored>> {
  let current = standing(scope)
  for (let attempt = 1; ; attempt++) {
    if (!current) throw notFound(scope.resource, scope.name)
    const draft = transform(current)
    const outcome = await writeOnce(scope, current, draft instanceof Promise ? await draft : draft)
    if (outcome.kind === 'done') return answer(scope, outcome.object)
    if ((isConditional && outcome.ownKey) || attempt === attempts) {
      throw conflict(scope.resource, scope.name, optimisticLockMessage)
    }
    current = outcome.current
  }
}

/** A projection answers with the projection, everything else with the object. */
function answer(scope: Scope, object: Encoded<Stored>): Encoded<Stored> {
  const part = scope.resource.subresources?.[scope.subresource]
  if (part?.kind === 'projection') return encodedFrom(part.read(object.object) as Stored)
  return shown(scope.resource, object)
}

async function writeOnce(scope: Scope, current: Encoded<Stored>, draft: KubeObject) {
  const { stored, name } = scope
  const old = current.object
  const prepared = prepare(scope, draft, old)
  const attributes = attributesOf(scope, 'update', name, old)
  const mutation = mutated(scope, prepared, attributes)
  const changed = mutation instanceof Promise ? await mutation : mutation
  const complete = changed === prepared ? prepared : (stored.strategy.default?.(changed) ?? changed)
  const allocation = allocateFor(scope, owned(scope, complete, old), old)
  refuseIf(scope, name, validate(scope, allocation.object, old))
  const admission = admitted(scope, allocation.object, attributes)
  if (admission instanceof Promise) await admission
  // Whoever only labels it, or writes its status, has heard of them before.
  if (allocation.object.metadata?.generation !== old.metadata.generation) {
    const warnings = stored.strategy.warnings?.(allocation.object, old) ?? []
    scope.warnings.push(...warnings)
  }
  if (allocation.writes.length === 0 && deepEqual(allocation.object, old)) {
    return { kind: 'done', object: current } as const
  }
  if (scope.dryRun)
    return { kind: 'done', object: encodedFrom(allocation.object as Stored) } as const
  const expected = Number(old.metadata.resourceVersion)
  if (isFinalized(stored.strategy, allocation.object, old)) return removeNow(scope, current)
  return await commit(scope, { verb: 'update', name, expected, ...allocation })
}

function prepare(scope: Scope, draft: KubeObject, old: Stored): KubeObject {
  const { stored, subresource, user, world } = scope
  const context = { nowMs: world.clock.wallMs(), user: user.name }
  const kept = withServerMetadata(draft, old)
  if (scope.isInternal) return kept
  const part = stored.subresources?.[subresource]
  if (part?.kind === 'part') return part.prepareForUpdate(kept, old, context)
  const prepared = stored.strategy.prepareForUpdate?.(kept, old, context) ?? kept
  return stored.strategy.tracksGeneration ? withGeneration(prepared, old) : prepared
}

function validate(scope: Scope, object: KubeObject, old: Stored) {
  const { stored, subresource } = scope
  if (scope.isInternal) return []
  const part = stored.subresources?.[subresource]
  if (part?.kind === 'part') return part.validateUpdate(object, old)
  return stored.strategy.validateUpdate(object, old)
}

/** @throws StatusError 400 for a body that is about another object than the path. */
export function checkName({ name, namespace }: Scope, { metadata = {} }: KubeObject): void {
  const own = metadata.namespace ?? ''
  if (own !== '' && namespace !== '' && own !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  if (!metadata.name) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    )
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    )
  }
}

/** Conflict when the client's resourceVersion or uid is not what stands. */
export function checkPreconditions(scope: Scope, { metadata }: KubeObject, current: Stored): void {
  const { uid, resourceVersion } = metadata ?? {}
  if (uid && uid !== current.metadata.uid) {
    const failed = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`
    const what = `invalid object, Code: 4, Key: ${keyOf(scope)}, ResourceVersion: 0`
    const text = `StorageError: ${what}, AdditionalErrorMsg: ${failed}`
    throw conflict(scope.resource, scope.name, text)
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(scope.resource, scope.name, optimisticLockMessage)
  }
}
