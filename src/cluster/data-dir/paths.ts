import { join } from 'node:path'

/** Where things of a cluster are, all below its data directory. */
export interface ClusterPaths {
  readonly pki: string
  readonly store: string
  /** Whose store belongs to the keys; see `StorePlace` of the store. */
  readonly storeIdentity: string
  /** By which key of this machine Secrets are encrypted, where nothing else is said. */
  readonly encryption: string
  readonly kubeconfig: string
  readonly log: string
}

/** Names the places of a cluster in its data directory. */
export function clusterPaths(dataDir: string): ClusterPaths {
  return {
    pki: join(dataDir, 'pki'),
    store: join(dataDir, 'store'),
    storeIdentity: join(dataDir, 'pki', 'store-id'),
    encryption: join(dataDir, 'pki', 'encryption.yaml'),
    kubeconfig: join(dataDir, 'kubeconfig'),
    log: join(dataDir, 'knarr.log'),
  }
}
