export type { BehaviourRules } from './behaviour/behaviour.ts'
export { parseBehaviourFile } from './behaviour/behaviour-file.ts'
export { skewedClock } from './clock/skewed-clock.ts'
export { createTimeDriver, type TimeDriver } from './clock/time-driver.ts'
export { type AmbientGuard, createAmbientGuard } from './guard/guard.ts'
export { createDisk, type MemoryDisk } from './host/memory-disk.ts'
export type { SavedDisk } from './host/saved-disk.ts'
export { createSimHost, type SavedHost, type SimHost } from './host/sim-host.ts'
export type { LoadCounts, PodSide, PodTruth, RequestRecord } from './load/outcomes.ts'
export { createLoad, type RequestLoad } from './load/request-load.ts'
export type { NetworkRequest, NetworkResponse } from './model/fabric.ts'
export type { ConnectionEndpoint } from './network/connection.ts'
export { createFabric, type SavedFabric, type SimFabric } from './network/create-fabric.ts'
export type { Impairment } from './network/link.ts'
export type { RefusedConnection } from './network/restriction.ts'
export { createSimNetwork, type SimNetwork } from './network/sim-network.ts'
export type { ContainerGuess } from './runtime/container/runtime-node.ts'
export {
  createImageWorld,
  type ImageWorld,
  type SavedImages,
} from './runtime/images/image-world.ts'
export type { SimRuntimeState } from './runtime/saved-runtime.ts'
export { createSimRuntime, type SimRuntime } from './runtime/sim-runtime.ts'
