import {
  type FieldSet,
  fieldSet,
  groupVersionOf,
  type KubeObject,
  managerName,
  memberPath,
  type OwnedType,
  type Stored,
  trackUpdate,
} from '#machinery'
import type { Scope } from '../../request/resource-request.ts'

/** Who writes what, as the records of owners want it. */
export interface Writer {
  readonly type: OwnedType
  /** Of the stored kind, also when a view of it is written: owners are compared by it. */
  readonly apiVersion: string
  readonly manager: string
  readonly subresource: string
  readonly resetFields?: FieldSet
  readonly now: number
}

export function writerOf({ world, stored, request, subresource }: Scope): Writer {
  const fieldManager = request.query.get('fieldManager') ?? ''
  const resetFields = stored.subresources?.status && resetBy[subresource]
  return {
    type: world.ownedTypeOf(stored.schemaName),
    apiVersion: groupVersionOf(stored),
    manager: managerName(fieldManager, request.headers['user-agent'] ?? ''),
    subresource,
    ...(resetFields && { resetFields }),
    now: world.clock.wallMs(),
  }
}

/** What an endpoint of a kind with status takes from the live object, whatever the client sends. */
const resetBy: Readonly<Record<string, FieldSet>> = {
  '': fieldSet(memberPath('status')),
  status: fieldSet(memberPath('spec')),
}

/**
 * The object with its owners brought up to date. An apply has recorded its own already; what the
 * server itself does for an action belongs to nobody, as upstream.
 */
export function owned(scope: Scope, object: KubeObject, live: Stored | undefined): KubeObject {
  if (scope.isApply || scope.isInternal) return object
  return trackUpdate(live, object, writerOf(scope))
}
