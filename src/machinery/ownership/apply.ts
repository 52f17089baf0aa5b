import type { KubeObject, ManagedFieldsEntry } from '../object.ts'
import { applyConflict, badRequest } from '../status-errors.ts'
import {
  changedFields,
  difference,
  type FieldSet,
  fieldsOf,
  formatPath,
  intersection,
  isEmptySet,
  members,
  union,
} from './field-set.ts'
import {
  fieldsOfEntry,
  fieldsOfOthers,
  isEntryOf,
  type Manager,
  takenFromOthers,
  withFields,
} from './managers.ts'
import { merge, withoutFields } from './merge.ts'
import type { Ownership } from './schema.ts'

export interface ApplyRequest {
  /** What stands; absent when the apply creates the object. */
  readonly live: KubeObject | undefined
  readonly applied: KubeObject
  readonly manager: Manager
  /** Take fields from other managers instead of refusing. */
  readonly force: boolean
  readonly ownership: Ownership
  /** RFC 3339, for the entry. */
  readonly time: string
}

/** Fields that identify an object or belong to the server; nobody owns them. */
const unowned: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:uid': {},
    'f:resourceVersion': {},
    'f:creationTimestamp': {},
    'f:generation': {},
    'f:selfLink': {},
    'f:managedFields': {},
  },
}

/**
 * Server-side apply: the applied configuration laid over what stands, without the fields that this
 * manager applied before and does not any more, and with ownership recorded.
 * @throws StatusError 409 when fields of other managers would change, unless forced.
 */
export function applyConfiguration(request: ApplyRequest): KubeObject {
  const { live, applied, manager, force, ownership, time } = request
  if ((applied.metadata?.managedFields ?? []).length > 0) {
    throw badRequest('metadata.managedFields must be nil')
  }
  const entries = live?.metadata?.managedFields ?? []
  const own = ownedFields(applied, ownership)
  const others = fieldsOfOthers(entries, manager)
  const changed = live ? changedFields(intersection(own, others), live, applied, ownership) : {}
  if (!isEmptySet(changed) && !force) throw conflictsWith(entries, manager, changed)
  const before = fieldsOfEntry(entries.find((entry) => isEntryOf(entry, manager)))
  const left = difference(difference(before, own), others)
  const merged = merge(live ?? {}, applied, ownership)
  const object = withoutFields(merged, left, ownership) as KubeObject
  const taken = takenFromOthers(entries, manager, union(changed, left))
  return withManagedFields(object, withFields(taken, manager, own, time))
}

/** The fields of an object that a manager can own. */
export function ownedFields(object: KubeObject, ownership: Ownership): FieldSet {
  return difference(fieldsOf(object, ownership), unowned)
}

export interface UpdateRequest {
  readonly live: KubeObject | undefined
  readonly updated: KubeObject
  readonly manager: Manager
  readonly ownership: Ownership
  readonly time: string
}

/** Records who owns what after a create, update or patch: what a writer changes becomes its own. */
export function trackUpdate(request: UpdateRequest): KubeObject {
  const { live, updated, manager, ownership, time } = request
  const entries = live?.metadata?.managedFields ?? []
  const now = ownedFields(updated, ownership)
  const then = live ? ownedFields(live, ownership) : {}
  const changed = live ? changedFields(now, live, updated, ownership) : now
  const removed = difference(then, now)
  if (isEmptySet(changed) && isEmptySet(removed)) return withManagedFields(updated, entries)
  const held = fieldsOfEntry(entries.find((entry) => isEntryOf(entry, manager)))
  const own = difference(union(held, changed), removed)
  const others = takenFromOthers(entries, manager, union(changed, removed))
  return withManagedFields(updated, withFields(others, manager, own, time))
}

export function withManagedFields(
  object: KubeObject,
  managedFields: readonly ManagedFieldsEntry[],
): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  if (managedFields.length === 0) return { ...object, metadata }
  return { ...object, metadata: { ...metadata, managedFields } }
}

/** Upstream's text and causes: each field with the manager that owns it. */
function conflictsWith(
  entries: readonly ManagedFieldsEntry[],
  manager: Manager,
  changed: FieldSet,
) {
  const conflicts = entries
    .filter((entry) => !isEntryOf(entry, manager))
    .flatMap((entry) => {
      const fields = [...members(intersection(changed, fieldsOfEntry(entry)))].map(formatPath)
      const who = `conflict with "${entry.manager}"${entry.subresource ? ` with subresource "${entry.subresource}"` : ''}`
      const how = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : ''
      return fields.length > 0 ? [{ who: `${who}${how}`, fields }] : []
    })
  const causes = conflicts.flatMap(({ who, fields }) =>
    fields.map((field) => ({ reason: 'FieldManagerConflict', message: who, field })),
  )
  const texts = conflicts.map(({ who, fields }) =>
    fields.length === 1
      ? `${who}: ${fields[0]}`
      : `${who.replace('conflict', 'conflicts')}:\n${fields.map((field) => `- ${field}`).join('\n')}`,
  )
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`
  return applyConflict(causes, `Apply failed with ${count}: ${texts.join('\n')}`)
}
