import type { KubeObject, ObjectKey, Resource, ResourceRef, Stored, UserInfo } from '#machinery'
import type { ObjectReader } from '../cache/object-reader.ts'

/**
 * A write by name that an action makes on stored objects: guarded and retried like any update. Plugins
 * and the kind's strategy are not asked, since the action itself has been admitted.
 */
export interface ObjectWriter {
  /**
   * Replaces the stored object by what `change` makes of it, trying again when it has moved on.
   * `change` may throw a StatusError; returning the same object writes nothing.
   */
  modify<T extends KubeObject>(
    resource: ResourceRef<T>,
    key: ObjectKey,
    change: (current: Stored<T>) => T,
  ): Promise<Stored<T>>
  /** Deletes the object as a DELETE request would, apart from authorization and admission. */
  delete(
    resource: ResourceRef,
    key: ObjectKey,
    options: Readonly<Record<string, unknown>>,
  ): Promise<void>
}

/** A create request for something that is not stored: a review, or an action on an object. */
export interface ActionRequest {
  readonly resource: Resource
  /** Absent for resources that are actions themselves (SubjectAccessReview, Binding). */
  readonly subresource?: string
  readonly namespace: string
  /** The object acted on; of an action resource the name in the body. */
  readonly name: string
  readonly user: UserInfo
  /** Decoded, pruned, admitted. Frozen. */
  readonly body: KubeObject
  readonly dryRun: boolean
  readonly nowMs: number
  readonly objects: ObjectReader
  readonly writer: ObjectWriter
  warn(text: string): void
  /** Notes something about the request for the audit, where there is one. */
  annotate?(key: string, value: string): void
}

/** The body of the answer, 201 unless it says otherwise. Throws StatusError. */
export type Action = (
  request: ActionRequest,
  signal: AbortSignal,
) => ActionResult | Promise<ActionResult>

/** What an action answers with. */
export interface ActionResult {
  readonly object: KubeObject
  readonly status?: 200 | 201 | 202
}

/**
 * Handlers by what they serve: `pods/eviction`, `serviceaccounts/token`,
 * `subjectaccessreviews.authorization.k8s.io`.
 */
export type Actions = Readonly<Record<string, Action>>
