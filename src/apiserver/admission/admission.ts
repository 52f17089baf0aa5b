import type { Clock } from '#lib'
import type { FieldError, KubeObject, Resource, ResourceRef, Stored, UserInfo } from '#machinery'

/** One write on its way in. */
export interface AdmissionAttributes {
  readonly operation: 'create' | 'update' | 'delete' | 'connect'
  readonly user: UserInfo
  readonly resource: Resource
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Absent on create. */
  readonly old?: Stored
  readonly dryRun: boolean
}

/** What plugins may read: the caches, as they stand. */
export interface ObjectView {
  get<T extends KubeObject>(
    resource: ResourceRef<T>,
    key: { namespace?: string; name: string },
  ): Stored<T> | undefined
  list<T extends KubeObject>(resource: ResourceRef<T>, namespace?: string): readonly Stored<T>[]
}

export interface AdmissionContext {
  readonly view: ObjectView
  readonly clock: Clock
  /**
   * Waits for an object that a controller is about to make (a new namespace's service account).
   * Undefined when it has not come within `limitMs`.
   */
  waitFor<T extends KubeObject>(
    resource: ResourceRef<T>,
    key: { namespace?: string; name: string },
    limitMs: number,
  ): Promise<Stored<T> | undefined>
}

/** A plugin of the admission chain; the order of the list in `index.ts` is the order of execution. */
export interface Admission {
  readonly name: string
  handles(attributes: AdmissionAttributes): boolean
  /** Gives the object changed, or as it is. Throws `StatusError` to refuse. */
  mutate?(
    object: KubeObject,
    attributes: AdmissionAttributes,
    context: AdmissionContext,
  ): Promise<KubeObject>
  /** Throws `StatusError` to refuse; returned errors make a 422. `object` is absent on delete. */
  validate?(
    object: KubeObject | undefined,
    attributes: AdmissionAttributes,
    context: AdmissionContext,
  ): Promise<readonly FieldError[]>
}
