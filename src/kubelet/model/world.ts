import type { Client, EventRecorder } from '#client'
import type { Host, NodeFacts } from '#host'
import type { Clock, Logger, Random } from '#lib'
import type { Network } from '#network'
import type { Runtime } from '#runtime'
import type { KubeletConfig } from './config.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'
import type { References } from './references.ts'

/** What every part of a kubelet stands on. */
export interface KubeletWorld {
  readonly config: KubeletConfig
  /** Who acts, in the causes of writes: `kubelet/node-1`. */
  readonly actor: string
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly events: EventRecorder
  readonly runtime: Runtime
  readonly network: Network
  readonly host: Host
  readonly facts: NodeFacts
  /** ConfigMaps, Secrets and Services that pods refer to. */
  readonly references: References
  /** Absent where nobody counts. */
  readonly metrics?: KubeletMetrics
}
