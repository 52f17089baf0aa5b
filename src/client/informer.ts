import type { KubeObject, ResourceRef, Stored } from '#machinery'

/** Reads from a local cache. Values are the very objects of the API server's cache in process. */
export interface Lister<T extends KubeObject> {
  /** `key` as `keyOf` makes it: `namespace/name`, or `name`. */
  get(key: string): Stored<T> | undefined
  /** In key order, so that decisions over a list do not depend on arrival order. */
  list(namespace?: string): readonly Stored<T>[]
  /** Objects for which the named index function gave `value`, in key order. */
  by(index: string, value: string): readonly Stored<T>[]
}

/** One change in an informer's cache: added (no `before`), modified, or deleted (no `after`). */
export type Change<T extends KubeObject> =
  | { readonly before?: undefined; readonly after: Stored<T> }
  | { readonly before: Stored<T>; readonly after: Stored<T> }
  | { readonly before: Stored<T>; readonly after?: undefined }

/** Values under which an object is found by `Lister.by`. */
export type IndexFunction<T extends KubeObject> = (object: Stored<T>) => readonly string[]

/** Which objects an informer holds, and by which indexes they can be found. */
export interface InformerOptions<T extends KubeObject> {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>
}

/** A cache kept current by list and watch, with relist after 410 and bookmarks in between. */
export interface Informer<T extends KubeObject> extends Lister<T> {
  readonly resource: ResourceRef<T>
  /** True once the first list is in the cache. */
  readonly synced: boolean
  /** The newest resourceVersion that the cache reflects. */
  readonly resourceVersion: string
  whenSynced(signal: AbortSignal): Promise<void>
  /**
   * Calls `handler` after each change has entered the cache, in order; first once per object that
   * is there already. Handlers must not throw or block: they put keys into queues.
   */
  subscribe(handler: (change: Change<T>) => void): Disposable
  /**
   * Resolves once `condition`, a question to this cache, holds: how a writer waits for its own
   * writes to arrive here before it decides again. Asked after every change.
   */
  until(condition: () => boolean, signal: AbortSignal): Promise<void>
  /** Adds an index to a running informer; a second one of the same name is ignored. */
  addIndex(name: string, index: IndexFunction<T>): void
}

/** Informers shared by everything in one process that reads with one identity. */
export interface InformerFactory {
  /** The same options give the same informer. Started at once if the factory runs. */
  informer<T extends KubeObject>(
    resource: ResourceRef<T>,
    options?: InformerOptions<T>,
  ): Informer<T>
  /**
   * Ends and forgets the informers of a resource that is not served any more. Who asks for it later
   * gets a new one.
   */
  drop(resource: ResourceRef): void
  /** Runs all informers until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  whenSynced(signal: AbortSignal): Promise<void>
}
