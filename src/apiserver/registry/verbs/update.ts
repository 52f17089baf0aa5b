import { andThen, type MaybePromise } from '#lib'
import { type Encoded, encodedFrom, type KubeObject, type Resource, type Stored } from '#machinery'
import { badRequest, conflict, invalid, notFound, optimisticLockMessage } from '#machinery/status'
import { fieldPath, invalidField } from '#machinery/validation'
import { storeKeyOf } from '../../cache/keys.ts'
import type { RequestScope } from '../../request/resource-request.ts'
import { markAsRead } from '../../stored/stamped.ts'
import { objectInRequestVersion, toRequestVersion, withDefaults } from '../bodies/conversion.ts'
import { decodeObject, type WantedKind } from '../bodies/decode.ts'
import { writeOptionsOf } from '../options/write-options.ts'
import { passStages, type Stage, writeStages } from '../stages.ts'
import { newWrite, type WriteRequest } from '../write/new-write.ts'
import { permitCreate } from '../write/permit.ts'
import type { ObjectWrite } from '../write/write.ts'
import { createWith } from './create.ts'
import { existingObject } from './get.ts'

/** How often a write without resourceVersion is tried against changing objects. */
const attempts = 20

/** What a verb says of its updates. */
export interface UpdateRequest extends Omit<WriteRequest, 'decode'> {
  /** Makes the updated object of the existing one, in the request's version; throws to refuse. */
  readonly decode: (existing: Encoded<Stored>) => MaybePromise<KubeObject>
  /** Whether the update is of one revision, so that it conflicts with any write in between. */
  readonly isConditional?: boolean
}

/** PUT of an object, or of a part of it. */
export async function updateObject(
  scope: RequestScope,
): Promise<{ readonly object: Encoded<Stored>; readonly created: boolean }> {
  const options = writeOptionsOf(scope.request.query, 'UpdateOptions')
  scope.span?.event('About to convert to expected version')
  const decoding = decodeObject(scope, wantedBody(scope), options)
  // A small one does not wait, even for a moment.
  const decoded = decoding instanceof Promise ? await decoding : decoding
  scope.span?.event('Conversion done')
  scope.audit?.requestObject(decoded, (object) => defaulted(scope, object))
  checkName(scope, decoded)
  const { strategy } = scope.stored
  if (!existingObject(scope) && scope.subresource === '' && strategy.allowCreateOnUpdate) {
    const permit = () => permitCreate(scope)
    const request = { options, permit, decode: () => decoded }
    return { object: await createWith(scope, request), created: true }
  }
  const version = decoded.metadata?.resourceVersion
  if (!version && strategy.allowUnconditionalUpdate === false) {
    const detail = 'must be specified for an update'
    const error = invalidField(fieldPath('metadata', 'resourceVersion'), 0, detail)
    throw invalid(scope.resource, scope.name, [error])
  }
  const decode = (existing: Encoded<Stored>) => {
    checkPreconditions(scope, decoded, existing.object)
    return decoded
  }
  const object = await updateWith(scope, { options, decode, isConditional: Boolean(version) })
  return { object, created: false }
}

/** What the body of an update says once its defaults are in it; a projection has none. */
function defaulted({ resource, subresource }: RequestScope, object: KubeObject): KubeObject {
  const part = resource.subresources?.[subresource]
  return part?.kind === 'projection' ? object : withDefaults(resource, object)
}

/** Passes an update through the stages, again while somebody else writes in between. */
export async function updateWith(
  scope: RequestScope,
  { decode, isConditional = false, ...request }: UpdateRequest,
  stages: readonly Stage<ObjectWrite>[] = writeStages,
): Promise<Encoded<Stored>> {
  const warned = scope.warnings.length
  let existing = existingObject(scope)
  for (let attempt = 1; ; attempt++) {
    if (!existing) throw notFound(scope.resource, scope.name)
    if (scope.stored.convert) existing = await inVersionNow(scope.stored, existing)
    // Warnings are told once, of the state that was written in the end.
    scope.warnings.length = warned
    const current = existing
    const started = newWrite(scope, { ...request, decode: () => decode(current) }, current)
    const { outcome } = await passStages(stages, started, scope.turn)
    if (outcome?.kind === 'done') return answerOf(scope, outcome.object)
    if ((isConditional && outcome?.ownKey) || attempt === attempts) {
      throw conflict(scope.resource, scope.name, optimisticLockMessage)
    }
    existing = outcome?.current
  }
}

/** An object that stands in an older version, as it is to be stored from now on. */
async function inVersionNow(stored: Resource, object: Encoded<Stored>): Promise<Encoded<Stored>> {
  const converted = await toRequestVersion(stored, object)
  if (converted !== object) markAsRead(converted)
  return converted
}

/** A projection answers with the projection, everything else with the object. */
function answerOf(scope: RequestScope, object: Encoded<Stored>): MaybePromise<Encoded<Stored>> {
  const { resource } = scope
  const part = resource.subresources?.[scope.subresource]
  if (part?.kind !== 'projection') return toRequestVersion(resource, object)
  const whole = resource.convert ? objectInRequestVersion(resource, object.object) : object.object
  // Cast: what is shown of an object has its metadata.
  return andThen(whole, (shown) => encodedFrom(part.read(shown) as Stored))
}

/** The kind that the body of a write to this path has. */
export function wantedBody(scope: RequestScope): WantedKind {
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

/** @throws StatusError 400 for a body that is about another object than the path. */
export function checkName({ name, namespace }: RequestScope, { metadata = {} }: KubeObject): void {
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

/** Conflict when the client's resourceVersion or uid is not the existing object's. */
export function checkPreconditions(
  scope: RequestScope,
  { metadata }: KubeObject,
  existing: Stored,
): void {
  const { uid, resourceVersion } = metadata ?? {}
  if (uid && uid !== existing.metadata.uid) {
    const failed = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${existing.metadata.uid}`
    const what = `invalid object, Code: 4, Key: ${storeKeyOf(scope.stored, scope.namespace, scope.name)}, ResourceVersion: 0`
    const text = `StorageError: ${what}, AdditionalErrorMsg: ${failed}`
    throw conflict(scope.resource, scope.name, text)
  }
  if (resourceVersion && resourceVersion !== existing.metadata.resourceVersion) {
    throw conflict(scope.resource, scope.name, optimisticLockMessage)
  }
}
