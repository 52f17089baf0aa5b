import { isDeepStrictEqual } from 'node:util'
import type { ManagedFieldsEntry } from '../object.ts'
import { difference, emptySet, type FieldSet, isEmptySet, union } from './field-set.ts'

/** Who writes, how, and to which part. */
export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  /** Empty for the object itself. */
  readonly subresource: string
}

export function fieldsOfEntry(entry: ManagedFieldsEntry | undefined): FieldSet {
  return (entry?.fieldsV1 ?? emptySet) as FieldSet
}

export function isEntryOf(entry: ManagedFieldsEntry, manager: Manager): boolean {
  const { manager: name = '', operation = '', subresource = '' } = entry
  const same =
    name === manager.name && operation === manager.operation && subresource === manager.subresource
  // Updates are kept apart by version; a manager applies with one configuration only.
  return same && (manager.operation === 'Apply' || entry.apiVersion === manager.apiVersion)
}

/** All fields that anyone but this manager owns. */
export function fieldsOfOthers(entries: readonly ManagedFieldsEntry[], manager: Manager): FieldSet {
  return entries
    .filter((entry) => !isEntryOf(entry, manager))
    .reduce<FieldSet>((sum, entry) => union(sum, fieldsOfEntry(entry)), emptySet)
}

/** The entries with a manager's fields set; an entry keeps its time when its fields are the same. */
export function withFields(
  entries: readonly ManagedFieldsEntry[],
  manager: Manager,
  fields: FieldSet,
  time: string,
): readonly ManagedFieldsEntry[] {
  const held = entries.find((entry) => isEntryOf(entry, manager))
  const others = entries.filter((entry) => entry !== held)
  if (isEmptySet(fields)) return others
  if (held && isDeepStrictEqual(fieldsOfEntry(held), fields)) return entries
  const entry: ManagedFieldsEntry = {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  }
  return sorted([...others, entry])
}

/** Takes fields from everyone but this manager. */
export function takenFromOthers(
  entries: readonly ManagedFieldsEntry[],
  manager: Manager,
  taken: FieldSet,
): readonly ManagedFieldsEntry[] {
  if (isEmptySet(taken)) return entries
  return entries.flatMap((entry) => {
    if (isEntryOf(entry, manager)) return [entry]
    const fields = difference(fieldsOfEntry(entry), taken)
    if (isEmptySet(fields)) return []
    return [isDeepStrictEqual(fields, entry.fieldsV1) ? entry : { ...entry, fieldsV1: fields }]
  })
}

/** Upstream's order: appliers first, then by time, then by name. */
function sorted(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  const rank = ({ operation, time = '', manager = '' }: ManagedFieldsEntry) =>
    `${operation === 'Apply' ? 0 : 1}/${time}/${manager}`
  return entries.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
}
