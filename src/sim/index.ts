export {
  createPacer,
  type EntryPoint,
  type Pacer,
  type PacerOptions,
  type PacerStatus,
} from './clock/pace.ts'
export { skewedClock } from './clock/skewed-clock.ts'
export type { AppendHandle, Disk, Load, NodeLoad } from './disk.ts'
export {
  ConnectionReset,
  type Fabric,
  type Listener,
  type NetworkStack,
  type WireRequest,
  type WireResponse,
} from './fabric.ts'
export { createGuard, type Guard, type GuardOptions, runGuarded } from './guard/guard.ts'
export { createDisk, type MemoryDisk } from './host/memory-disk.ts'
export type { SavedDisk } from './host/saved-disk.ts'
export {
  createSimHost,
  type SavedHost,
  type SimHost,
  type SimHostOptions,
} from './host/sim-host.ts'
export {
  createFabric,
  everyNode,
  type LinkDirection,
  type SavedFabric,
  type SimFabric,
} from './network/create-fabric.ts'
