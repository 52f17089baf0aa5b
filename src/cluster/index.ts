/**
 * The door of those who start, stop or ask a cluster of this machine. It loads what a cluster is made
 * of only when one starts; `#cluster/simulation` starts one in the caller's own process.
 */

export { parseRegistryMirror, readRegistriesFile } from '#node/local'
export { type AuditLogOptions, type AuditMode, auditModes } from './audit/options.ts'
export { checkNetworks } from './control-plane/networks.ts'
export { balancerPool, type ClusterPart, clusterParts } from './control-plane/parts.ts'
export { type RequestHeaderSettings, usualRequestHeaders } from './control-plane/request-header.ts'
export { kubernetesVersion, version } from './control-plane/version.ts'
export { type ClusterConnection, connectToCluster } from './data-dir/connect.ts'
export { type ClusterState, readState } from './data-dir/state.ts'
export { backUpObjects, checkObjects, restoreObjects } from './data-dir/stored-objects.ts'
export type { StoreChoice } from './real/open-store.ts'
export { type ClusterOptions, defaultClusterOptions } from './real/options.ts'
export { type StopOptions, stopCluster } from './real/stop-cluster.ts'
export { runCluster, runSimCluster } from './run.ts'
export type { AuthenticationSettings } from './serving/authentication.ts'
export { logFormats } from './serving/log-lines.ts'
export type { Progress } from './serving/progress.ts'
export { defaultSimOptions } from './sim/options.ts'
export type { SimServingOptions } from './sim/run-sim-cluster.ts'
