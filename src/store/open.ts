import type { DurableStoreOptions } from './durable/durable-store.ts'
import type { EtcdStoreOptions } from './etcd/etcd-store.ts'
import type { Store } from './store.ts'

// Imported when used: a simulation, and every command but `up`, needs neither LevelDB nor gRPC.

/** Opens a store on disk; see `durable/durable-store.ts` for its errors. */
export async function openDurableStore(options: DurableStoreOptions): Promise<Store> {
  return (await import('./durable/durable-store.ts')).openDurableStore(options)
}

/** Opens a store in an etcd; see `etcd/etcd-store.ts`. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  return (await import('./etcd/etcd-store.ts')).createEtcdStore(options)
}
