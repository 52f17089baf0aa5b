import type { FieldError } from '../fields/field-errors.ts'
import type { UserInfo } from './exchange.ts'
import type { KubeObject, Stored } from './object.ts'

/** The verbs of the API that a resource may serve. */
export type Verb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch'

/** What a client needs to know to address a resource; the type parameter is phantom. */
export interface ResourceRef<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly scope: 'Namespaced' | 'Cluster'
  /** Carries T only; never set. */
  readonly phantom?: T
}

/** Everything the API server needs to serve a kind: data plus named pure hooks. */
export interface Resource<T extends KubeObject = KubeObject> extends ResourceRef<T> {
  readonly singular: string
  readonly listKind: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs: readonly Verb[]
  /** The name of its type in the API schema: `io.k8s.api.core.v1.Pod`. */
  readonly schemaName: string
  readonly columns: readonly Column<T>[]
  /** Fields besides metadata.name and metadata.namespace that field selectors may name. */
  readonly selectableFields?: Readonly<Record<string, (object: Stored<T>) => string>>
  readonly strategy: Strategy<T>
  readonly subresources?: Readonly<Record<string, Subresource<T>>>
  /**
   * Set when this is a view of another group's kind: objects are stored as that kind and converted
   * here both ways (extensions/v1beta1 Deployment over apps/v1).
   */
  readonly view?: {
    readonly of: ResourceRef
    readonly toStored: (object: T) => KubeObject
    readonly fromStored: (object: KubeObject) => T
    /** Names of fields for selectors, and those of the stored kind that they stand for. */
    readonly fieldNames?: Readonly<Record<string, string>>
  }
  /**
   * Set where only somebody else, who may fail, can make objects of other versions ones of this: the webhook of a
   * custom resource. Gives them in their order; those of this version are themselves. What is read of the store may
   * then be of any version.
   */
  readonly convert?: (objects: readonly KubeObject[]) => Promise<readonly KubeObject[]>
  /**
   * What an object that stands in the store is when it is read: in the version that is stored now,
   * and with the defaults of today. Itself where it was written so; absent for kinds whose objects
   * always stand as they were written.
   */
  readonly fromStore?: (object: KubeObject) => KubeObject
  /**
   * Set for a custom resource, which no program has types for: it has no protobuf form and takes no
   * strategic merge patches, only JSON patches, merge patches and server-side apply.
   */
  readonly isCustom?: true
  /** Of a kind on its way out: text of the Warning header of every answer about it. */
  readonly deprecation?: string
  /** Seconds after which an object is removed by itself (Events: 3600). */
  readonly timeToLiveSeconds?: number
}

/** What a hook may know about the request besides the object. */
export interface StrategyContext {
  readonly nowMs: number
  readonly user: UserInfo
}

/**
 * The named places where kinds differ. All hooks are pure and return a new value; the generic
 * handler does metadata, generation, managed fields and finalizers for every kind alike.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Applied after decoding, on create and update. */
  default?(draft: T): T
  /** Clears what a client may not set (usually status). */
  prepareForCreate?(draft: T, context: StrategyContext): T
  /** Keeps from `old` what a client may not change (usually status). */
  prepareForUpdate?(draft: T, old: Stored<T>, context: StrategyContext): T
  validate(object: T): readonly FieldError[]
  validateUpdate(object: T, old: Stored<T>): readonly FieldError[]
  /** Texts for Warning headers, of a new object and of one whose generation an update has raised. */
  warnings?(object: T, old?: Stored<T>): readonly string[]
  /** True where PUT of an absent name creates it (upstream: Lease, Event, Endpoints, RBAC…). */
  readonly allowCreateOnUpdate?: boolean
  /** True where an update without resourceVersion is accepted; the default. */
  readonly allowUnconditionalUpdate?: boolean
  /**
   * True where a change of spec increments metadata.generation; `status too` where one of the status
   * does as well, unless it has a path of its own (custom resources).
   */
  readonly tracksGeneration?: boolean | 'status too'
  /**
   * The grace period in seconds for a delete, or undefined for immediate deletion (all but Pods).
   * `requestedSeconds` is what the client asked for.
   */
  gracePeriod?(object: Stored<T>, requestedSeconds: number | undefined): number | undefined
  /** What an object is that waits for the end of its deletion (Namespaces: `Terminating`). */
  beginDeletion?(object: T): T
  /** Whether an object holds something besides finalizers of its metadata (Namespaces: `spec.finalizers`). */
  holdsDeletion?(object: T): boolean
  /**
   * What the first delete makes of an object that a controller cleans up after before it goes
   * (CustomResourceDefinitions); no other rule of deletion is asked then.
   */
  firstDeletion?(object: Stored<T>, nowMs: number): T
  /** What happens to dependents when the client names no policy; default `background`. */
  readonly defaultPropagation?: 'background' | 'orphan'
}

/** A part of an object with its own path: `/status`, `/scale`, `/binding`, `/log`… */
export type Subresource<T extends KubeObject = KubeObject> =
  /** get, update and patch of the object, of which only one part may change. */
  | {
      readonly kind: 'part'
      readonly verbs: readonly Verb[]
      prepareForUpdate(draft: T, old: Stored<T>, context: StrategyContext): T
      validateUpdate(object: T, old: Stored<T>): readonly FieldError[]
    }
  /** get, update and patch of another kind that is a view of this object (autoscaling/v1 Scale). */
  | {
      readonly kind: 'projection'
      readonly verbs: readonly Verb[]
      readonly group: string
      readonly version: string
      readonly objectKind: string
      readonly schemaName: string
      /** Its columns in tables. */
      readonly columns: readonly Column[]
      read(object: Stored<T>): KubeObject
      /** Throws a StatusError for an object of which there is nothing to show yet, though to write. */
      checkReadable?(object: Stored<T>): void
      write(object: Stored<T>, projected: KubeObject): T
      validate(projected: KubeObject): readonly FieldError[]
    }
  /** create of another kind that acts on this object (binding, eviction, token). */
  | {
      readonly kind: 'action'
      readonly group: string
      readonly version: string
      readonly objectKind: string
      readonly schemaName: string
    }
  /** A connection to the node: log, exec, attach, portforward, proxy. */
  | { readonly kind: 'connect'; readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[] }

/** One column of `kubectl get`; `priority` above 0 shows only with `-o wide`. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number'
  readonly format?: string
  readonly description?: string
  readonly priority?: number
  readonly value: (object: Stored<T>, nowMs: number) => string | number | bigint | boolean | null
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersionOf(resource: Pick<ResourceRef, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/** `deployments.apps`, or `pods` for the core group: how messages and RBAC name a resource. */
export function groupResourceOf(resource: Pick<ResourceRef, 'group' | 'plural'>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

/** The path of a collection, or of one object when `key.name` is given. */
export function pathOf(
  resource: ResourceRef,
  key: { readonly namespace?: string; readonly name?: string } = {},
  subresource?: string,
): string {
  const root = resource.group === '' ? '/api/v1' : `/apis/${resource.group}/${resource.version}`
  const isIn = resource.scope === 'Namespaced' && key.namespace
  const place = isIn ? `/namespaces/${encodeURIComponent(key.namespace)}` : ''
  const name = key.name ? `/${encodeURIComponent(key.name)}` : ''
  const part = subresource ? `/${subresource}` : ''
  return `${root}${place}/${resource.plural}${name}${part}`
}
