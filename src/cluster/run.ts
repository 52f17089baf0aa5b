import type { ClusterOptions } from './real/options.ts'
import type { Progress } from './serving/progress.ts'
import type { SimServingOptions } from './sim/run-sim-cluster.ts'

type Run<Options> = (
  options: Options,
  progress: Progress,
  onReady: () => Promise<void>,
) => Promise<void>

// Only a process that becomes a cluster loads all that one is made of; a command that asks a running
// one starts without it.

/** Serves a cluster of this machine's containers until it is told to stop. */
export const runCluster: Run<ClusterOptions> = async (...parameters) =>
  (await import('./real/run-cluster.ts')).runCluster(...parameters)

/** Serves a simulated cluster until it is told to stop; needs no root. */
export const runSimCluster: Run<SimServingOptions> = async (...parameters) =>
  (await import('./sim/run-sim-cluster.ts')).runSimCluster(...parameters)
