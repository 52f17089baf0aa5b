import { deepEqual, type KubeObject, type ManagedFieldsEntry, type Stored } from '#machinery'

/**
 * Whether an update changes nothing, so that nothing is written. That somebody has written the same
 * fields again is no change (upstream: `IgnoreManagedFieldsTimestampsTransformer`).
 */
export function isUnchanged(updated: KubeObject, existing: Stored): boolean {
  if (updated.metadata?.managedFields === existing.metadata.managedFields) {
    return deepEqual(updated, existing)
  }
  const { metadata, ...rest } = updated
  const { metadata: existingMetadata, ...existingRest } = existing
  if (!deepEqual(rest, existingRest)) return false
  const { managedFields, ...given } = metadata ?? {}
  const { managedFields: existingFields, ...existingGiven } = existingMetadata
  return deepEqual(given, existingGiven) && haveSameFields(managedFields, existingFields)
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
