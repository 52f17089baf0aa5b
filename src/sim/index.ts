export type { Behaviour, BehaviourRules } from './behaviour/behaviour.ts'
export { parseBehaviourFile } from './behaviour/behaviour-file.ts'
export {
  createPacer,
  type EntryPoint,
  type Pacer,
  type PacerOptions,
  type PacerStatus,
} from './clock/pace.ts'
export { skewedClock } from './clock/skewed-clock.ts'
export { createGuard, type Guard, type GuardOptions, runGuarded } from './guard/guard.ts'
export { createDisk, type MemoryDisk } from './host/memory-disk.ts'
export type { SavedDisk } from './host/saved-disk.ts'
export {
  createSimHost,
  type SavedHost,
  type SimHost,
  type SimHostOptions,
} from './host/sim-host.ts'
export type { Machine, Pressure } from './host/sim-node.ts'
export type { LoadCounts, PodState, PodTruth, RequestEnd, RequestRecord } from './load/outcomes.ts'
export { createLoad, type RequestLoad, type RequestLoadOptions } from './load/request-load.ts'
export type { AppendHandle, Disk, Load, NodeLoad } from './model/disk.ts'
export {
  ConnectionReset,
  type Fabric,
  type Listener,
  type NetworkStack,
  type WireRequest,
  type WireResponse,
} from './model/fabric.ts'
export {
  createFabric,
  everyNode,
  type LinkDirection,
  type SavedFabric,
  type SimFabric,
} from './network/create-fabric.ts'
export type { ClusterName } from './network/names.ts'
export {
  type ClientPlace,
  createSimNetwork,
  type Lookup,
  type SimClient,
  type SimNetwork,
  type SimNetworkOptions,
} from './network/sim-network.ts'
export type { Place } from './network/wire.ts'
export {
  createImageWorld,
  type ImageWorld,
  type RegistryState,
  type SavedImages,
} from './runtime/images/image-world.ts'
export type { SimRuntimeState } from './runtime/saved-runtime.ts'
export { createSimRuntime, type SimRuntime } from './runtime/sim-runtime.ts'
