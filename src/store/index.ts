export { compactPeriodically } from './compactor.ts'
export {
  type Commit,
  type CommitResult,
  CompactedError,
  FutureRevisionError,
  type Guard,
  type Key,
  type RangeQuery,
  type RangeResult,
  RequestTooLargeError,
  type Revision,
  type Store,
  type StoredBytes,
  type StoredChange,
  type StoredValue,
  type Write,
  weightOf,
} from './contract/store.ts'
export type { DurableStoreOptions } from './durable/durable-store.ts'
export type { EtcdStoreOptions } from './etcd/etcd-store.ts'
export {
  createMemoryStore,
  type MemoryStore,
  type MemoryStoreOptions,
} from './memory/memory-store.ts'
export type { StoreSnapshot } from './mvcc/mvcc.ts'
export { defaultRetention, type RetentionPolicy } from './mvcc/retention.ts'
export {
  backUpStore,
  checkStore,
  openDurableStore,
  openEtcdStore,
  restoreStore,
} from './open.ts'
