import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../meta/object.ts'
import { type FieldSet, fieldSet } from './model/field-set.ts'
import { memberPath } from './model/path-element.ts'

/** What nobody owns: it says which object it is, or is the server's business. */
export const unownedFields: FieldSet = fieldSet(
  memberPath('apiVersion'),
  memberPath('kind'),
  memberPath('metadata'),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => memberPath('metadata', name)),
)

/** The object with these entries, without any when there are none. The rest is shared. */
export function withManagedFields<T extends KubeObject>(
  object: T,
  entries: readonly ManagedFieldsEntry[],
): T {
  const { metadata } = object
  if (entries.length === 0) return withoutManagedFields(object)
  if (metadata?.managedFields === entries) return object
  return { ...object, metadata: { ...metadata, managedFields: entries } }
}

/** So that entries, which are compared with nothing, cost nothing to compare. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { metadata } = object
  if (metadata?.managedFields === undefined) return object
  const { managedFields: _, ...rest }: ObjectMeta = metadata
  return { ...object, metadata: rest }
}
