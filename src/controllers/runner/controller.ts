import type { Change, Client, EventRecorder, InformerFactory } from '#client'
import type { Clock, Logger, Random } from '#lib'
import type { KubeObject, ResourceRef, Stored } from '#machinery'

/** An RBAC rule as a controller declares it; the union of its rules becomes its ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** What a controller reads with, writes with and tells time by. */
export interface ControllerContext {
  readonly client: Client
  readonly informers: InformerFactory
  readonly clock: Clock
  readonly random: Random
  readonly events: EventRecorder
  readonly log: Logger
}

/** Which keys of the controller a change of another object concerns. */
export interface WatchedResource<T extends KubeObject = KubeObject> {
  readonly resource: ResourceRef<T>
  keys(change: Change<T>): readonly string[]
  /** How long its keys wait for more of the kind; absent: not at all. */
  afterMs?(change: Change<T>): number
}

/** The context of one reconcile: its writes carry what caused it, and it ends with the controller. */
export interface ReconcileContext extends ControllerContext {
  /** Writes through this client carry the cause of this very reconcile. */
  readonly client: Client
  /** Aborts when the controller stops. */
  readonly signal: AbortSignal
}

/**
 * One control loop as data. The runner watches, queues keys, and calls `reconcile` for one key at a
 * time per worker. It must be idempotent and derive everything from the caches and the API.
 */
export interface Controller {
  readonly name: string
  /** Component of the Events it records; default `<name>-controller`. */
  readonly eventSource?: string
  readonly permissions: readonly PolicyRule[]
  /** Workers; upstream's default where it has one. */
  readonly workers: number
  /** Called once per start: registers indexes and returns the loop over this world's context. */
  start(context: ControllerContext): ControllerLoop
}

/** A controller at work: what it watches, and what it does for one key. */
export interface ControllerLoop {
  readonly watches: readonly WatchedResource<never>[]
  /** Throw to back off, `TerminalError` to drop; return `againInMs` to be called again later. */
  reconcile(
    key: string,
    context: ReconcileContext,
  ): Promise<undefined | { readonly againInMs: number }>
  /** Work besides the queue (periodic scans); most loops have none. */
  readonly background?: (context: BackgroundContext, signal: AbortSignal) => Promise<void>
}

export interface BackgroundContext extends ControllerContext {
  /** Adds a watch that was not known at the start, until it is disposed of or the controller stops. */
  watch(watched: WatchedResource<never>): Disposable
}

const none: readonly string[] = Object.freeze([])

/** Narrows a watch so that lists of watches of different kinds can stand in one array. */
export function watching<T extends KubeObject>(
  resource: ResourceRef<T>,
  keys: (object: Stored<T>, change: Change<T>) => readonly string[],
  afterMs?: (change: Change<T>) => number,
): WatchedResource<never> {
  const both = (change: Change<T>) => {
    const { before, after } = change
    const had = before ? keys(before, change) : none
    const has = after ? keys(after, change) : none
    // Nearly always they are the same one.
    if (had.length === 0 || (had.length === 1 && has.length === 1 && had[0] === has[0])) return has
    return has.length === 0 ? had : [...new Set([...had, ...has])]
  }
  return { resource, keys: both, ...(afterMs && { afterMs }) } as unknown as WatchedResource<never>
}
