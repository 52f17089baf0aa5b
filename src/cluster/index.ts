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
export { runCluster } from './real/run-cluster.ts'
export { type StopOptions, stopCluster } from './real/stop-cluster.ts'
export { type ClusterState, readState } from './state.ts'
export { kubernetesVersion, version } from './version.ts'
