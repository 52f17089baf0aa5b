import {
  type ClusterOptions,
  type Progress,
  runCluster,
  runSimCluster,
  type SimServingOptions,
} from '#cluster'

/** What `knarr up` starts: containers on this machine, or a simulation. */
export type AnyCluster =
  | { readonly kind: 'real'; readonly options: ClusterOptions }
  | { readonly kind: 'sim'; readonly options: SimServingOptions }

/** Runs a cluster in this process until SIGINT or SIGTERM. */
export function runAnyCluster(
  cluster: AnyCluster,
  progress: Progress,
  onReady: () => Promise<void>,
): Promise<void> {
  return cluster.kind === 'sim'
    ? runSimCluster(cluster.options, progress, onReady)
    : runCluster(cluster.options, progress, onReady)
}
