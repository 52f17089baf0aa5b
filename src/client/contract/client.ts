import type {
  ApiHandler,
  Cause,
  KubeObject,
  ObjectKey,
  ObjectMeta,
  ResourceRef,
  Stored,
} from '#machinery'

/** How requests reach the API: over HTTPS, or the handler itself in the same process. */
export interface Transport {
  readonly send: ApiHandler
  /**
   * Whether the API is in this very process. Its watches need no bookmarks: they end with the server,
   * and the list that they now and then begin with in place of a bookmark costs next to nothing.
   */
  readonly isInProcess?: boolean
}

/** Says what is listed: one namespace or all, by labels and fields, from a revision, in pages. */
export interface ListQuery {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
}

/** What is watched, from which revision, and for how long. */
export interface WatchQuery extends ListQuery {
  readonly allowWatchBookmarks?: boolean
  readonly timeoutSeconds?: number
}

/** A list is one page of objects as of one resourceVersion. */
export interface List<T extends KubeObject> {
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
  readonly items: readonly Stored<T>[]
}

/** One event of a watch: a change of an object, or a bookmark of how far the watch has come. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** As which field manager something is written, and whether only to see what would come of it. */
export interface WriteOptions {
  readonly fieldManager?: string
  readonly dryRun?: boolean
  /** `status`, `scale`, `binding`…: writes only that part. */
  readonly subresource?: string
}

/** How an object is deleted: its grace, its dependents, and what must hold of it. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

/** A patch in one of the four forms that the API takes. */
export type PatchBody =
  | { readonly kind: 'merge'; readonly patch: unknown }
  | { readonly kind: 'strategic'; readonly patch: unknown }
  | { readonly kind: 'json'; readonly patch: readonly unknown[] }
  | {
      readonly kind: 'apply'
      readonly patch: unknown
      readonly fieldManager: string
      readonly force?: boolean
    }

/** The part of a client that only reads. */
export interface Reader {
  /** Throws `StatusError` (NotFound and all others) as every method here does. */
  get<T extends KubeObject>(
    resource: ResourceRef<T>,
    key: ObjectKey,
    options?: { readonly subresource?: string },
  ): Promise<Stored<T>>
  list<T extends KubeObject>(resource: ResourceRef<T>, query?: ListQuery): Promise<List<T>>
  /** Ends when the server ends it; throws `StatusError` 410 when `resourceVersion` is too old. */
  watch<T extends KubeObject>(
    resource: ResourceRef<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>
}

/** The part of a client that writes. */
export interface Writer {
  create<T extends KubeObject>(
    resource: ResourceRef<T>,
    object: T & { readonly metadata: ObjectMeta },
    options?: WriteOptions,
  ): Promise<Stored<T>>
  /** POST of another kind to a subresource of `key`: `binding`, `eviction`, `token`. */
  createSubresource<T extends KubeObject>(
    resource: ResourceRef,
    key: ObjectKey,
    subresource: string,
    body: T,
  ): Promise<T>
  /** Guarded by `object.metadata.resourceVersion` when it is set. */
  update<T extends KubeObject>(
    resource: ResourceRef<T>,
    object: T & { readonly metadata: ObjectMeta },
    options?: WriteOptions,
  ): Promise<Stored<T>>
  patch<T extends KubeObject>(
    resource: ResourceRef<T>,
    key: ObjectKey,
    patch: PatchBody,
    options?: WriteOptions,
  ): Promise<Stored<T>>
  delete(resource: ResourceRef, key: ObjectKey, options?: DeleteOptions): Promise<void>
  deleteCollection(resource: ResourceRef, query?: ListQuery, options?: DeleteOptions): Promise<void>
}

/** A typed client of the API. Immutable; the methods below give a changed copy. */
export interface Client extends Reader, Writer {
  /** GET of a path that names no resource, such as discovery's `/apis`: the decoded body. */
  getPath(path: string, accept?: string): Promise<unknown>
  /**
   * Stamps every write with why it happens. `written` is called with each object that a write of the
   * copy has answered with.
   */
  because(cause: Cause, written?: (object: Stored) => void): Client
  /** The transport beneath, for the few calls that are not typed (proxies). */
  readonly transport: Transport
}
