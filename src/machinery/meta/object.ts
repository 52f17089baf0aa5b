/** What every Kubernetes object has. Names and meanings: metav1.ObjectMeta. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/**
 * An entry of `metadata.managedFields` says which fields one manager owns
 * (metav1.ManagedFieldsEntry).
 */
export interface ManagedFieldsEntry {
  readonly manager?: string
  readonly operation?: string
  readonly apiVersion?: string
  readonly time?: string
  readonly fieldsType?: string
  readonly fieldsV1?: unknown
  readonly subresource?: string
}

/**
 * The metadata that every object has (metav1.ObjectMeta); all of it is optional before it is
 * stored.
 */
export interface ObjectMeta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly selfLink?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly ManagedFieldsEntry[]
}

/** Any object as a client may send it: nothing is certain yet. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: ObjectMeta
}

/** The metadata of an object that the API server has accepted. */
interface StoredMeta extends ObjectMeta {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
}

/** An object as the API server gives it: frozen, shared, never to be changed in place. */
export type Stored<T extends KubeObject = KubeObject> = T & {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: StoredMeta
}

/** Where an object lives within its resource. `namespace` is absent for cluster-scoped ones. */
export interface ObjectKey {
  readonly namespace?: string
  readonly name: string
}

/** `namespace/name`, or `name` when there is no namespace: the key of caches and work queues. */
export function keyOf(object: KubeObject | ObjectKey): string {
  const meta: { namespace?: string; name?: string } =
    'metadata' in object && object.metadata ? object.metadata : (object as ObjectKey)
  return meta.namespace ? `${meta.namespace}/${meta.name ?? ''}` : (meta.name ?? '')
}

/** Whether this is another object than the held one, or a later state of it. */
export function isNewer(object: Stored, held: Stored | undefined): boolean {
  if (!held || held.metadata.uid !== object.metadata.uid) return true
  return Number(object.metadata.resourceVersion) > Number(held.metadata.resourceVersion)
}

/** The inverse of `keyOf`. Names and namespaces contain no slash. */
export function parseKey(key: string): ObjectKey {
  const slash = key.indexOf('/')
  if (slash < 0) return { name: key }
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
