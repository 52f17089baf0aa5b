import type { MaybePromise } from '#lib'
import type { KubeObject, Resource, Stored, UserInfo } from '#machinery'
import type { DeleteOptionsFields, WriteOptionsFields } from '#machinery/validation'

import type { ObjectReader } from '../cache/object-reader.ts'
import type { RequestSpan } from '../spans/request-span.ts'

/** What an admission plugin is asked about (upstream: apiserver's `admission.Attributes`). */
export interface AdmissionAttributes {
  readonly verb: 'create' | 'update' | 'delete' | 'connect'
  readonly user: UserInfo
  /** What is stored, also where the request names a view of it; `object` is of its kind. */
  readonly resource: Resource
  /** What the request named, where that is a view or another version of what is stored. */
  readonly requested?: Resource
  /** Empty for the resource itself. */
  readonly subresource: string
  /** Empty for cluster-scoped resources. */
  readonly namespace: string
  /** Empty while a create with `generateName` has none yet, and for deletecollection. */
  readonly name: string
  /**
   * The object as it is to be stored; of an action (binding, eviction, token) and of a connection
   * the body or options. Absent on delete. Frozen.
   */
  readonly object?: KubeObject
  /** The stored object that an update or delete is about. */
  readonly old?: Stored
  readonly dryRun: boolean
  /** What the client asks for besides the object; absent for connections, which have none. */
  readonly options?: OperationOptions
}

/**
 * The decoded options of the operation that is performed, with their kind (upstream:
 * `GetOperationOptions`). Of a patch they are the UpdateOptions, or the CreateOptions where it creates,
 * with what the PatchOptions say.
 */
export type OperationOptions = { readonly apiVersion: 'meta.k8s.io/v1' } & (
  | ({ readonly kind: 'CreateOptions' | 'UpdateOptions' } & WriteOptionsFields)
  | ({ readonly kind: 'DeleteOptions' } & DeleteOptionsFields)
)

/** What a plugin may use besides the attributes. */
export interface AdmissionContext {
  /** The state of all resources as of the newest revision applied here. */
  readonly objects: ObjectReader
  readonly nowMs: number
  /** Adds a text to the Warning headers of the answer. */
  warn(text: string): void
  /**
   * Notes something about the request for the audit, where there is one; what is of level `Request` is kept
   * only where bodies are.
   */
  annotate?(key: string, value: string, level?: 'Request'): void
  /** Of mutating plugins: how they are asked again; absent where nobody asks them twice. */
  readonly reinvocation?: Reinvocation
  readonly signal: AbortSignal
  /** The work on the request within its trace; absent where nothing is traced. */
  readonly span?: RequestSpan
}

/**
 * The two rounds of mutating plugins (upstream: `ReinvocationContext`): all are asked once more when one of them says
 * that it has changed what others might want to see again.
 */
export interface Reinvocation {
  readonly isSecond: boolean
  /** Asks for a second round. */
  request(): void
  /** What plugins keep from the first round for the second, by their names. */
  readonly memory: Map<string, unknown>
}

/**
 * A plugin that changes or refuses writes (upstream: `MutationInterface`, `ValidationInterface`). All
 * `mutate` run before the object is prepared and validated, all `validate` after it, in the order of
 * the list of plugins. A refusal is a thrown StatusError.
 */
export interface Admission {
  readonly name: string
  /** Whether the plugin wants to see the request at all; cheap. */
  handles(attributes: AdmissionAttributes): boolean
  /** The object to go on with, the same one when nothing is to change. Not called on delete. */
  mutate?(
    attributes: AdmissionAttributes & { readonly object: KubeObject },
    context: AdmissionContext,
  ): MaybePromise<KubeObject>
  validate?(attributes: AdmissionAttributes, context: AdmissionContext): MaybePromise<void>
}
