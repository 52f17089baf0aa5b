import type { Pod } from '#api'
import type { Stored } from '#machinery'
import type { DeviceClaims } from '../devices/device-claims.ts'
import type { ImagePuller } from '../images/image-puller.ts'
import type { KubeletWorld } from '../model/world.ts'
import type { ProbeResults } from '../probes/results.ts'
import type { ResizeRefusal } from '../resize/resize-state.ts'
import type { StatusManager } from '../status/status-manager.ts'
import type { Tokens } from '../volumes/tokens.ts'

/** What the workers of all pods of one kubelet share. */
export interface PodShared {
  readonly world: KubeletWorld
  readonly statuses: StatusManager
  readonly results: ProbeResults
  readonly images: ImagePuller
  readonly tokens: Tokens
  readonly devices: DeviceClaims
  /** The node's allocatable resources, for the downward API. */
  readonly allocatable: () => Readonly<Record<string, string>>
  /** Undefined when the pod network is up; else what the runtime says. */
  readonly networkFault: () => string | undefined
  /** Whether the runtime can mount read-only what is mounted below a volume as well. */
  readonly recursiveReadOnlyMounts: () => boolean
  /** Why the node does not have what a pod of it asks for now; undefined when it has. */
  readonly resizeRefusal: (pod: Stored<Pod>) => ResizeRefusal | undefined
  readonly uptimeMs: () => number
  readonly signal: AbortSignal
}
