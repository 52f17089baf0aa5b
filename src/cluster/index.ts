export { type Connection, connect } from './connect.ts'
export { type ControlPlane, type ControlPlaneOptions, createControlPlane } from './control-plane.ts'
export { type NodeOptions, runNode } from './node.ts'
export {
  type ClusterOptions,
  defaultClusterOptions,
  type Progress,
  parseRegistryMirror,
  silentProgress,
} from './options.ts'
export { readRegistriesFile } from './real/registries-file.ts'
export { runCluster } from './real/run-cluster.ts'
export { type StopOptions, stopCluster } from './real/stop-cluster.ts'
export {
  defaultSimOptions,
  numberedNodes,
  type SimClusterOptions,
  type SimNodeSpec,
} from './sim/options.ts'
export { runSimCluster, type SimServingOptions, untilReady } from './sim/run-sim-cluster.ts'
export { createSimCluster, type SimCluster, type SimClusterWorld } from './sim/sim-cluster.ts'
export { restoreSnapshot, type SnapshotType, takeSnapshot } from './sim/snapshot.ts'
export { decodeSnapshot } from './sim/snapshot-file.ts'
export { snapshotPath } from './sim/snapshot-paths.ts'
export { type ClusterState, readState } from './state.ts'
export { kubernetesVersion, version } from './version.ts'
