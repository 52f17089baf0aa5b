/** The door of those who run a simulated cluster in their own process, without serving it. */

export { defaultSimOptions, numberedNodes, type SimClusterOptions } from './sim/options.ts'
export { restoreSimCluster } from './sim/restore-sim-cluster.ts'
export {
  createSimCluster,
  type SimCluster,
  type SimClusterWorld,
  type WarmState,
} from './sim/sim-cluster.ts'
export { untilReady } from './sim/until-ready.ts'
export type { SimNodeSpec } from './sim-node/node-spec.ts'
