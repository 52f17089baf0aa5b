import type { ManagedFieldsEntry } from '../meta/object.ts'
import { formatTime } from '../values/time.ts'
import {
  type DecodedManager,
  knownManagers,
  maxUpdateManagers,
  withHoldings,
  withManager,
} from './managers/managers.ts'
import type { UpdateWrite } from './managers/ownership.ts'
import { sharedSet } from './managers/shared-sets.ts'
import { type FieldSet, isEmptySet, overlaps, sharesAny } from './model/field-set.ts'
import { unownedFields } from './object-fields.ts'
import { rewriteOf } from './typed/rewrite.ts'

/**
 * The stored entries of an object after a write that concerns nobody but its writer, the very same ones
 * where nothing changes; undefined after any other.
 */
export function rewrittenEntries(
  entries: readonly ManagedFieldsEntry[],
  write: UpdateWrite,
): readonly ManagedFieldsEntry[] | undefined {
  if (entries.length > maxUpdateManagers) return undefined
  const { writer, others } = sidesOf(knownManagers(entries) ?? [], write)
  if (!writer || overlaps(writer.fields, unownedFields)) return undefined
  if (sharesAny(writer.fields, write.resetFields)) return undefined
  const { before, after, type } = write
  // What nobody can own is as if another held it: a write of that is over here at its first field.
  const held = { own: writer.fields, others: [...others, unownedFields] }
  const edit = rewriteOf(before, after, type, held)
  if (!edit) return undefined
  const { own, hasChanged, hasGained } = edit
  if (!hasChanged) return entries
  if (isEmptySet(own) || sharesAny(own, write.resetFields)) return undefined
  const fields = own === writer.fields ? own : sharedSet(own, type)
  const time = hasGained ? formatTime(write.now) : writer.time
  return withManager(entries, writer, withHoldings(writer, fields, time))
}

/** Who writes, and what all others hold of the same version. */
function sidesOf(
  managers: readonly DecodedManager[],
  { manager, apiVersion, subresource = '' }: UpdateWrite,
) {
  const others: FieldSet[] = []
  let writer: DecodedManager | undefined
  for (const each of managers) {
    if (each.apiVersion !== apiVersion) continue
    const isWriter = each.name === manager && each.subresource === subresource
    if (isWriter && each.operation === 'Update') writer = each
    else others.push(each.fields)
  }
  return { writer, others }
}
