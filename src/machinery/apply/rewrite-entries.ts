import type { ManagedFieldsEntry } from '../object.ts'
import { formatTime } from '../time.ts'
import { type FieldSet, isEmptySet, overlaps, sharesAny } from './field-set.ts'
import {
  type DecodedManager,
  knownManagers,
  maxUpdateManagers,
  withHoldings,
  withManager,
} from './managers.ts'
import { unownedFields } from './object-fields.ts'
import type { UpdateWrite, Write } from './ownership.ts'
import { rewriteOf } from './rewrite.ts'
import { sharedSet } from './shared-sets.ts'

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
  if (!writer || holdsForbidden(writer.fields, write)) return undefined
  const { before, after, type } = write
  const edit = rewriteOf(before, after, type, { own: writer.fields, others })
  if (!edit) return undefined
  const { own, hasChanged, hasGained } = edit
  if (!hasChanged) return entries
  if (own !== writer.fields && (isEmptySet(own) || holdsForbidden(own, write))) return undefined
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

/** Whether a set has anything that a write cannot give: it would have to be left out. */
function holdsForbidden(fields: FieldSet, { resetFields }: Write): boolean {
  return overlaps(fields, unownedFields) || sharesAny(fields, resetFields)
}
