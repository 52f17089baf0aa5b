import type { Client, EventRecorder } from '#client'
import type { Clock, Random } from '#lib'
import type { ClusterEvent } from '../model/cluster-event.ts'
import type { NodeInfo } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import type { ClusterView, Snapshot } from '../model/snapshot.ts'

/** Why a pod may not run on a node, or may not be scheduled at all. */
export interface PluginRejection {
  readonly plugin: string
  /** Whether removing pods from the node could help; upstream's `Unschedulable`. */
  readonly resolvable: boolean
  readonly reasons: readonly string[]
}

/** Upstream's `Unschedulable`: other pods stand in the way. */
export function unschedulable(plugin: string, ...reasons: readonly string[]): PluginRejection {
  return { plugin, resolvable: true, reasons }
}

/** Upstream's `UnschedulableAndUnresolvable`: removing pods from the node would not help. */
export function unresolvable(plugin: string, ...reasons: readonly string[]): PluginRejection {
  return { plugin, resolvable: false, reasons }
}

/** One attempt to place a pod. */
export interface Cycle {
  readonly pod: PodInfo
  readonly snapshot: Snapshot
  readonly nowMs: number
}

/** How the pods of the node in query differ from the snapshot: a trial of preemption. */
export interface PodChanges {
  readonly added: readonly PodInfo[]
  readonly removed: readonly PodInfo[]
}

export const unchanged: PodChanges = Object.freeze({ added: [], removed: [] })

/** Judges one node. `node` already contains what `trial` says. */
export type NodeFilter = (node: NodeInfo, trial: PodChanges) => PluginRejection | undefined

export type PreFilterResult =
  /** The plugin has nothing to say about this pod. */
  | { readonly kind: 'skip' }
  /** No node will do. */
  | { readonly kind: 'reject'; readonly rejection: PluginRejection }
  /** Each node is to be filtered, or just those named. */
  | {
      readonly kind: 'filter'
      readonly filter: NodeFilter
      readonly onlyNodes?: ReadonlySet<string>
      readonly reserve?: Reserve
      /** In place of the plugin's own, where scores depend on what its filter has found. */
      readonly preScore?: Plugin['preScore']
    }

/** Takes for the pod what it needs on the node that was chosen; nothing is written yet. Undefined: it needs nothing. */
export type Reserve = (node: string, random: Random) => Reservation | undefined

/** What a plugin has taken for a pod. */
export interface Reservation {
  readonly plugin: string
  /** Writes what has to be there before the pod is bound. It may wait, and throw. */
  preBind(context: BindContext): Promise<void>
  /** Gives all of it back, since the pod was not bound (upstream: Unreserve). */
  release(context: BindContext): Promise<void>
}

export const skip: PreFilterResult = Object.freeze({ kind: 'skip' })

/** Rates the nodes that passed all filters. Totals are the weighted sums of all plugins' scores. */
export interface Scorer {
  readonly score: (node: NodeInfo) => number
  /** Brings the scores of all nodes, in the order of the nodes, to the range 0 to 100. */
  readonly normalize?: (scores: readonly number[]) => readonly number[]
}

/** What filtering found out when no node fits. */
export interface PostFilterContext extends Cycle {
  readonly rejections: NodeRejections
  /** Runs all filters on a changed node, together with the pods nominated to it. */
  readonly filterNode: NodeFilter
  readonly random: Random
}

export interface NodeRejections {
  get(node: string): PluginRejection | undefined
  readonly size: number
  /** What holds for nodes that were not filtered one by one. */
  readonly others: PluginRejection
  entries(): Iterable<[string, PluginRejection]>
}

export type PostFilterResult =
  /** Evicting the victims makes room on the node. */
  | { readonly kind: 'preempt'; readonly node: string; readonly victims: readonly PodInfo[] }
  /** Nothing helps; with `clearNomination` an earlier nomination is void too. */
  | {
      readonly kind: 'reject'
      readonly reasons: readonly string[]
      readonly clearNomination?: boolean
      /** Writes something that may help at the next attempt. */
      readonly write?: (context: BindContext) => Promise<void>
    }

/** What binding plugins write with. */
export interface BindContext {
  readonly client: Client
  readonly clock: Clock
  readonly events: EventRecorder
  /** Aborts when the scheduler stops: who waits for others waits no longer. */
  readonly signal: AbortSignal
}

/**
 * A scheduling plugin is data plus hooks at upstream's extension points, all synchronous and pure up to
 * PreBind. A thrown error fails the attempt (`SchedulerError`).
 */
export interface Plugin {
  readonly name: string
  /** Orders the queue; exactly one plugin has it. Negative: `a` goes first. */
  readonly compare?: (a: Queued, b: Queued) => number
  /** Keeps a pod out of the queue. */
  readonly preEnqueue?: (pod: PodInfo, cluster: ClusterView) => PluginRejection | undefined
  readonly preFilter?: (cycle: Cycle) => PreFilterResult
  readonly postFilter?: (context: PostFilterContext) => PostFilterResult
  /** Weight of the plugin's score in the total. */
  readonly weight?: number
  /** Undefined when all nodes are alike to this plugin. */
  readonly preScore?: (cycle: Cycle, feasible: readonly NodeInfo[]) => Scorer | undefined
  /** Binds the pod; exactly one plugin has it. */
  readonly bind?: (pod: PodInfo, node: string, context: BindContext) => Promise<void>
  /**
   * Queueing hint: whether an event may make a pod schedulable that this plugin rejected. Absent:
   * no event does.
   */
  readonly queueingHint?: (event: ClusterEvent, pod: PodInfo, cluster: ClusterView) => boolean
}

/** A pod in the queue as its order sees it. */
interface Queued {
  readonly info: PodInfo
  readonly queuedAtMs: number
}

/** The best score of a plugin. */
export const maxNodeScore = 100

/** Scales so that the highest becomes 100 (or, reversed, 0): upstream's `DefaultNormalizeScore`. */
export function normalizeToMax(scores: readonly number[], reverse: boolean): readonly number[] {
  const highest = scores.reduce((a, b) => Math.max(a, b), 0)
  if (highest === 0) return reverse ? scores.map(() => maxNodeScore) : scores
  return scores.map((score) => {
    const scaled = Math.floor((maxNodeScore * score) / highest)
    return reverse ? maxNodeScore - scaled : scaled
  })
}
