import { andThen, inTurns, type MaybePromise } from '#lib'
import { encodeJson, groupResourceOf, groupVersionOf, type Resource } from '#machinery'
import {
  type FieldSet,
  fieldSet,
  managerName,
  memberPath,
  type OwnedType,
  trackUpdate,
} from '#machinery/apply'
import { type RequestScope, rulesOf } from '../../request/resource-request.ts'
import type { ObjectWrite } from './write.ts'

/** A writer as the records of field managers want it (upstream: `FieldManager`). */
export interface FieldWriter {
  readonly type: OwnedType
  /** Of the stored kind, also when a view of it is written: managers are compared by it. */
  readonly apiVersion: string
  readonly manager: string
  readonly subresource: string
  readonly resetFields: FieldSet
  /** Wall time, milliseconds. */
  readonly now: number
}

/** Who makes a request, in the terms of managed fields. */
export function fieldWriterOf(scope: RequestScope): FieldWriter {
  const { world, resource, stored, request, subresource } = scope
  const fieldManager = request.query.get('fieldManager') ?? ''
  return {
    type: world.ownedTypeOf(stored.schemaName),
    apiVersion: groupVersionOf(stored),
    manager: managerName(fieldManager, request.headers['user-agent'] ?? ''),
    subresource,
    resetFields: resetFieldsOf(rulesOf({ resource, stored }), subresource),
    now: world.clock.wallMs(),
  }
}

/**
 * Stage: the writer comes to manage the fields that it sets (upstream: `FieldManager.UpdateNoErrors`).
 * It comes before the plugins and the strategy, so nobody manages what those set. An apply has recorded
 * its fields already; and nobody comes to manage what the store refuses in the end, whatever its fields.
 */
export function setManagedFields(write: ObjectWrite): MaybePromise<ObjectWrite> {
  const { scope, origin, existing, object } = write
  if (origin === 'apply' || isTooLarge(write)) return write
  const steps = trackUpdate(existing?.object, object, fieldWriterOf(scope))
  return andThen(inTurns(steps, scope.turn), (tracked) => ({ ...write, object: tracked }))
}

/**
 * Whether an object is beyond what the store takes even without its managed fields and its status, both of
 * which may be dropped on the way.
 */
function isTooLarge({ scope, object }: ObjectWrite): boolean {
  const { maxRequestBytes } = scope.world.store
  if (!scope.turn || scope.subresource !== '' || maxRequestBytes === undefined) return false
  const { metadata, ...rest } = object
  const { managedFields: _, ...kept } = metadata ?? {}
  const text = encodeJson({ ...rest, metadata: kept, status: undefined })
  return Buffer.byteLength(text) > maxRequestBytes
}

const status = memberPath('status')
const spec = memberPath('spec')
const resetStatus = fieldSet(status)
const resetSpec = fieldSet(spec)

/** Kinds whose strategies reset more than the status of the object, and its spec at `/status`. */
const resetByKind: Readonly<Record<string, Readonly<Record<string, FieldSet>>>> = {
  'certificatesigningrequests.certificates.k8s.io': {
    '': fieldSet(spec, status),
    status: fieldSet(spec, memberPath('status', 'conditions')),
    approval: fieldSet(spec, memberPath('status', 'certificate')),
  },
  pods: {
    status: fieldSet(
      spec,
      memberPath('metadata', 'deletionTimestamp'),
      memberPath('metadata', 'ownerReferences'),
    ),
  },
}

const resetNothing = fieldSet()
const resetAllButStatus = fieldSet(memberPath('metadata'), spec)

function customReset({ subresources }: Resource, subresource: string): FieldSet {
  if (subresource === 'status') return resetAllButStatus
  return subresources?.status ? resetStatus : resetNothing
}

/** What an endpoint takes from the stored object, whatever is sent (upstream: `GetResetFields`). */
function resetFieldsOf(stored: Resource, subresource: string): FieldSet {
  if (stored.isCustom) return customReset(stored, subresource)
  const special = resetByKind[groupResourceOf(stored)]?.[subresource]
  return special ?? (subresource === 'status' ? resetSpec : resetStatus)
}
