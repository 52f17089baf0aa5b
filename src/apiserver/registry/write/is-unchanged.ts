import { deepEqual, type KubeObject, type ManagedFieldsEntry, type Stored } from '#machinery'

/**
 * Whether an update changes nothing, so that nothing is written. That somebody has written the same
 * fields again is no change (upstream: `IgnoreManagedFieldsTimestampsTransformer`).
 */
export function isUnchanged(updated: KubeObject, existing: Stored): boolean {
  if (updated.metadata?.managedFields === existing.metadata.managedFields) {
    return deepEqual(updated, existing)
  }
  if (!areEqualBut('metadata', updated, existing)) return false
  const { metadata = {} } = updated
  if (!areEqualBut('managedFields', metadata, existing.metadata)) return false
  return haveSameFields(metadata.managedFields, existing.metadata.managedFields)
}

/** Member by member, as a change is mostly found at once; there is no need for copies of the rest. */
function areEqualBut<T extends object>(member: keyof T, some: T, others: T): boolean {
  for (const name in some) {
    if (name !== member && !deepEqual(some[name], others[name])) return false
  }
  for (const name in others) {
    if (name !== member && !(name in some) && !deepEqual(undefined, others[name])) return false
  }
  return true
}

function haveSameFields(
  some: readonly ManagedFieldsEntry[] = [],
  others: readonly ManagedFieldsEntry[] = [],
): boolean {
  return (
    some.length === others.length &&
    some.every(({ time: _, ...entry }, i) => {
      const { time: _time, ...other } = others[i] ?? {}
      return deepEqual(entry, other)
    })
  )
}
