import type { Lease, Node, Pod } from '#api'
import type { Informer } from '#client'
import type { Flag } from '#lib'
import type { Stored } from '#machinery'
import type { EvictionQueue } from './eviction-queue.ts'
import type { HealthRules, NodeHealth } from './health.ts'
import type { EvictionRates } from './zones.ts'

export interface NodeLifecycleOptions extends HealthRules, EvictionRates {
  readonly monitorPeriodMs: number
}

/** The index of pods by the node that they are on. */
export const podsByNode = 'nodeName'

/** What the loops of this controller share. */
export interface State {
  readonly options: NodeLifecycleOptions
  readonly nodes: Informer<Node>
  readonly leases: Informer<Lease>
  readonly pods: Informer<Pod>
  readonly health: Map<string, NodeHealth>
  readonly queues: Map<string, EvictionQueue>
  /** Raised while a queue has something to let through. */
  readonly waiting: Flag
  /** Nodes whose pods could not all be marked; they are tried again at the next look. */
  readonly unmarked: Set<string>
  /** Nodes that were found Ready and without taints of ours: as long as they stay the very same. */
  readonly well: Map<string, Stored<Node>>
  wasAllDown: boolean
  /** The version of the nodes whose zones were judged last. */
  judgedVersion: string | undefined
}
