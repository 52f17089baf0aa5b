import type { Store } from './contract/store.ts'
import type { BackupOptions } from './durable/backup.ts'
import type { DurableStoreOptions } from './durable/durable-store.ts'
import type { StoreReport } from './durable/inspect.ts'
import type { RestoredStore, RestoreOptions } from './durable/restore.ts'
import type { EtcdStoreOptions } from './etcd/etcd-store.ts'

// Imported when used: a simulation, and every command but `up`, needs neither LevelDB nor gRPC.

/** Opens a store on disk; see `durable/durable-store.ts` for its errors. */
export async function openDurableStore(options: DurableStoreOptions): Promise<Store> {
  return (await import('./durable/durable-store.ts')).openDurableStore(options)
}

/** Opens a store in an etcd; see `etcd/etcd-store.ts`. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  return (await import('./etcd/etcd-store.ts')).createEtcdStore(options)
}

/** Reads all of a durable store, in use or not, and reports everything in it that is damaged. */
export async function checkStore(directory: string): Promise<StoreReport> {
  return (await (await import('./durable/inspect.ts')).inspect(directory)).report
}

/** Writes a backup of a durable store. See `durable/backup.ts`. */
export async function backUpStore(options: BackupOptions): Promise<StoreReport> {
  return (await import('./durable/backup.ts')).backUpStore(options)
}

/** Makes a durable store from a backup. See `durable/restore.ts`. */
export async function restoreStore(options: RestoreOptions): Promise<RestoredStore> {
  return (await import('./durable/restore.ts')).restoreStore(options)
}
