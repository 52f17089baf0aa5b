import type { Clock } from '#lib'
import type { Store } from '../contract/store.ts'
import { createLocalStore } from '../mvcc/local-store.ts'
import { defaultRetention, type RetentionPolicy } from '../mvcc/retention.ts'
import { diskError } from './disk.ts'
import { createCommitJournal } from './journal.ts'
import { openMark } from './mark.ts'
import { openDisk, type StorePlace } from './open-disk.ts'
import { recover } from './recover.ts'

/** A durable store is opened with these: its directory, which is made if absent, and its clock. */
export interface DurableStoreOptions extends StorePlace {
  /** Drives expiry and the age of history. */
  readonly clock: Clock
  readonly retention?: RetentionPolicy
  /** How many bytes one commit may write; default 1.5 MiB, as etcd's. */
  readonly maxRequestBytes?: number
}

/**
 * A store whose acknowledged commits survive a crash of the process and of the machine. All values
 * are kept in memory as well; the disk is read only here, when opening. What is damaged is refused
 * and left as it is; what a crash may leave (a torn last record, a half-made store) is put right.
 *
 * Errors: `StoreInUse` when another process has it open, `StoreCorrupt` when something in it is
 * damaged or missing, `StoreMissing` when all of it is gone, `StoreOfAnotherCluster` when it is not
 * the one that belongs here, `StoreUnknownFormat` when another version or program wrote it,
 * `StoreUnavailable` else. A disk that fails later ends the store: every call then throws
 * `StoreFailed`, until it is reopened.
 */
export async function openDurableStore(options: DurableStoreOptions): Promise<Store> {
  const { disk, mark } = await openDisk(options)
  try {
    const { mvcc, base, digests } = await recover(disk, mark)
    const journal = createCommitJournal(disk, {
      base,
      digests,
      mark: openMark(options.directory, mvcc.revision),
    })
    return createLocalStore(mvcc, {
      clock: options.clock,
      retention: options.retention ?? defaultRetention,
      journal,
      maxRequestBytes: options.maxRequestBytes,
    })
  } catch (error) {
    await disk.close()
    throw diskError(error)
  }
}
