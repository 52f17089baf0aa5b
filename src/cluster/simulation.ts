/** The door of those who run a simulated cluster in their own process, without serving it. */

export type { LoadSpec, RunningLoad } from './sim/loads.ts'
export {
  defaultSimOptions,
  numberedNodes,
  type SimClusterOptions,
  type SimNodeSpec,
} from './sim/options.ts'
export {
  createSimCluster,
  type SimCluster,
  type SimClusterWorld,
  type WarmState,
} from './sim/sim-cluster.ts'
export { type Point, restoreSnapshot, type SnapshotType, takeSnapshot } from './sim/snapshot.ts'
export { untilReady } from './sim/until-ready.ts'
