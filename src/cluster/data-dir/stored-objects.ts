import { backUpStore, checkStore, restoreStore } from '#store'
import { clusterPaths } from './paths.ts'

/** Checks the objects on the disk of a cluster, which may run; see `checkStore` of the store. */
export function checkObjects(dataDir: string): ReturnType<typeof checkStore> {
  return checkStore(clusterPaths(dataDir).store)
}

/** Writes a backup of the objects of a cluster, which may run; see `backUpStore` of the store. */
export function backUpObjects(
  dataDir: string,
  options: { readonly file: string; readonly force: boolean },
): ReturnType<typeof backUpStore> {
  return backUpStore({ ...options, directory: clusterPaths(dataDir).store })
}

/** Restores the objects of a cluster that is stopped; see `restoreStore` of the store. */
export function restoreObjects(
  dataDir: string,
  options: { readonly file: string; readonly force: boolean; readonly bumpRevision: number },
): ReturnType<typeof restoreStore> {
  const { store, storeIdentity } = clusterPaths(dataDir)
  return restoreStore({ ...options, directory: store, boundBy: storeIdentity })
}
