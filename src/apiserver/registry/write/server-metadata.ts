import { deepEqual, type KubeObject, type ObjectMeta, type Stored } from '#machinery'
import type { RequestScope } from '../../request/resource-request.ts'

/** Takes out of metadata what only the server sets. */
function withoutServerFields(metadata: ObjectMeta): ObjectMeta {
  const {
    deletionTimestamp: _timestamp,
    deletionGracePeriodSeconds: _grace,
    resourceVersion: _version,
    selfLink: _link,
    ...given
  } = metadata
  return given
}

/**
 * A new object as a client may send it: in the request's namespace, without what only the server sets
 * (upstream: `WipeObjectMetaSystemFields`).
 */
export function withoutServerMetadata(
  object: KubeObject,
  { stored, namespace }: Pick<RequestScope, 'stored' | 'namespace'>,
): KubeObject {
  const { metadata = {} } = object
  const {
    uid: _uid,
    creationTimestamp: _time,
    namespace: _namespace,
    ...given
  } = withoutServerFields(metadata)
  const own = stored.scope === 'Namespaced' ? { ...given, namespace } : given
  return { ...object, metadata: own }
}

/** A new object with what the server sets of its metadata (upstream: `FillObjectMetaSystemFields`). */
export function withSystemMetadata(
  object: KubeObject,
  set: Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'creationTimestamp' | 'generation'>,
): KubeObject {
  return { ...object, metadata: { ...set, ...object.metadata, ...set } }
}

/**
 * A draft whose server-set metadata is that of the stored object (upstream: rest.BeforeUpdate). A uid
 * that differs has been refused before.
 */
export function withServerMetadata(draft: KubeObject, old: Stored): KubeObject {
  if (draft.metadata === old.metadata) return draft
  const { generation: _generation, ...given } = withoutServerFields(draft.metadata ?? {})
  const { metadata } = old
  const kept = present({
    name: metadata.name,
    generateName: given.generateName,
    namespace: metadata.namespace,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
    creationTimestamp: metadata.creationTimestamp,
    deletionTimestamp: metadata.deletionTimestamp,
    deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds,
  })
  const next = { ...kept, ...given, ...kept }
  return { ...draft, metadata: deepEqual(next, metadata) ? metadata : next }
}

/** A draft with the next generation if anything but metadata, and mostly status, has changed. */
export function withGeneration(draft: KubeObject, old: Stored, countsStatus = false): KubeObject {
  const hasSameStatus = !countsStatus || deepEqual(statusOf(draft), statusOf(old))
  if (hasSameStatus && deepEqual(specOf(draft), specOf(old))) return draft
  const generation = (old.metadata.generation ?? 0) + 1
  return { ...draft, metadata: { ...draft.metadata, generation } }
}

function statusOf(object: KubeObject & { readonly status?: unknown }): unknown {
  return object.status
}

function specOf(object: KubeObject): unknown {
  const {
    metadata: _metadata,
    status: _status,
    ...rest
  } = object as KubeObject & {
    readonly status?: unknown
  }
  return rest
}

function present<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }): T {
  const found: Partial<T> = {}
  for (const name in members) {
    const value = members[name]
    if (value !== undefined) found[name] = value
  }
  return found as T
}
