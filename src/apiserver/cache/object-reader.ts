import type { KubeObject, ObjectKey, ResourceRef, Stored } from '#machinery'

/**
 * A synchronous view of the objects in the watch cache, for admission, authorisation and the like.
 * Objects are frozen and shared. A resource that is a view gives objects of the view's own kind.
 */
export interface ObjectReader {
  get<T extends KubeObject>(resource: ResourceRef<T>, key: ObjectKey): Stored<T> | undefined
  /** In key order; of one namespace when it is given. */
  list<T extends KubeObject>(resource: ResourceRef<T>, namespace?: string): readonly Stored<T>[]
  /** Those whose selectable field has this value, by an index where there is one. */
  byField<T extends KubeObject>(
    resource: ResourceRef<T>,
    field: string,
    value: string,
  ): readonly Stored<T>[]
}
