import type { Clock } from '#lib'
import type { Revision, Store } from '../contract/store.ts'
import { createLocalStore } from '../mvcc/local-store.ts'
import { createMvcc, emptySnapshot, type StoreSnapshot } from '../mvcc/mvcc.ts'
import { defaultRetention, type RetentionPolicy } from '../mvcc/retention.ts'

/** A store that lives as long as its process. */
export interface MemoryStore extends Store {
  /** All values at the current revision, shared by identity; history is not part of it. */
  snapshot(): StoreSnapshot
  /** `currentRevision()`, told at once. */
  readonly revision: Revision
}

/** These options say where a store in memory starts, and how long it keeps its history. */
export interface MemoryStoreOptions {
  /** Drives expiry and the age of history. */
  readonly clock: Clock
  readonly retention?: RetentionPolicy
  /** Where to start; default empty. Revisions go on from it, and its history counts as compacted. */
  readonly snapshot?: StoreSnapshot
  /** How many bytes one commit may write; default 1.5 MiB, as etcd's. */
  readonly maxRequestBytes?: number
}

/**
 * Makes a store in memory. It does no I/O: apart from expiry, which the clock drives, everything
 * resolves in microtasks.
 */
export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const mvcc = createMvcc(options.snapshot ?? emptySnapshot)
  const store = createLocalStore(mvcc, {
    clock: options.clock,
    retention: options.retention ?? defaultRetention,
    maxRequestBytes: options.maxRequestBytes,
  })
  return {
    ...store,
    get revision() {
      return mvcc.revision
    },
    snapshot: () => {
      const { revision, values } = mvcc.range({ prefix: '' })
      return Object.freeze({ revision, values: Object.freeze(values) })
    },
  }
}
