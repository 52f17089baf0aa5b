export { parseRegistryMirror, readRegistriesFile } from '#node/local'
export { type Connection, connect } from './connect.ts'
export {
  type ClusterOptions,
  defaultClusterOptions,
  type Progress,
  silentProgress,
} from './options.ts'
export { type StopOptions, stopCluster } from './real/stop-cluster.ts'
export { runCluster, runSimCluster } from './run.ts'
export { defaultSimOptions } from './sim/options.ts'
export type { SimServingOptions } from './sim/run-sim-cluster.ts'
export { type ClusterState, readState } from './state.ts'
export { kubernetesVersion, version } from './version.ts'
