import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** Where things of a cluster are, all below its data directory. */
export interface ClusterPaths {
  readonly pki: string
  readonly store: string
  readonly kubeconfig: string
  readonly log: string
  node(name: string): { readonly root: string; readonly logs: string; readonly runtime: string }
}

export function clusterPaths(dataDir: string): ClusterPaths {
  return {
    pki: join(dataDir, 'pki'),
    store: join(dataDir, 'store'),
    kubeconfig: join(dataDir, 'kubeconfig'),
    log: join(dataDir, 'knarr.log'),
    node: (name) => ({
      root: join(dataDir, 'nodes', name, 'kubelet'),
      logs: join(dataDir, 'nodes', name, 'log'),
      runtime: join(dataDir, 'nodes', name),
    }),
  }
}

/**
 * A short name that tells clusters on one machine apart where names are shared: bridges, nftables
 * tables, cgroups.
 */
export function clusterId(dataDir: string): string {
  return createHash('sha256').update(dataDir).digest('hex').slice(0, 6)
}
