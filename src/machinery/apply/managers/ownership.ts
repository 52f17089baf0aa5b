import {
  difference,
  differenceWithin,
  type FieldSet,
  intersection,
  isEmptySet,
  union,
} from '../model/field-set.ts'
import type { OwnedType } from '../model/schema.ts'
import { type Comparison, compare, withoutFields } from '../typed/compare.ts'
import { type Manager, type Managers, withHoldings } from './managers.ts'

/** Objects before and after a write, and what the write must not own. */
export interface ManagedWrite {
  readonly before: unknown
  readonly after: unknown
  readonly type: OwnedType
  /** Of the objects. Managers that use another version keep what they own. */
  readonly apiVersion: string
  readonly resetFields: FieldSet
}

/** A write that is no apply. */
export interface UpdateWrite extends ManagedWrite {
  /** See `managerName`. */
  readonly manager: string
  readonly subresource?: string
  /** Wall time, milliseconds. */
  readonly now: number
}

export function changesOf(write: ManagedWrite): Comparison {
  return withoutFields(compare(write.before, write.after, write.type), write.resetFields)
}

/** What each of the other managers owns of the changed and added fields; those without any omitted. */
export function conflictsOf(
  managers: Managers,
  changes: Comparison,
  write: ManagedWrite & { readonly writer?: string },
): ReadonlyMap<string, FieldSet> {
  const changed = union(changes.modified, changes.added)
  const conflicts = new Map<string, FieldSet>()
  for (const [id, manager] of managers) {
    if (id === write.writer || manager.apiVersion !== write.apiVersion) continue
    const fields = intersection(manager.fields, changed)
    if (!isEmptySet(fields)) conflicts.set(id, fields)
  }
  return conflicts
}

/** Nobody but the writer owns a field any longer that the write has changed or removed. */
export function withoutLosses(
  managers: Managers,
  changes: Comparison,
  write: ManagedWrite & { readonly writer?: string },
): Map<string, Manager> {
  const { modified, added, removed } = changes
  const left = new Map<string, Manager>()
  for (const [id, manager] of managers) {
    const keeps = id === write.writer || manager.apiVersion !== write.apiVersion
    const fields = keeps
      ? manager.fields
      : difference(difference(difference(manager.fields, modified), added), removed)
    if (isEmptySet(fields)) continue
    left.set(id, fields === manager.fields ? manager : withHoldings(manager, fields, manager.time))
  }
  return left
}

/** What the one who made the changes owns by them. */
export function gainsOf(changes: Comparison, resetFields: FieldSet): FieldSet {
  return differenceWithin(union(changes.modified, changes.added), resetFields)
}
