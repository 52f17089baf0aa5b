import type { Clock } from '#lib'
import { createLocalStore } from '../mvcc/local-store.ts'
import { defaultRetention, type RetentionPolicy } from '../mvcc/retention.ts'
import type { Store } from '../store.ts'
import { diskError, openDisk, readBaseMarker } from './disk.ts'
import { createJournal } from './journal.ts'
import { recover } from './recover.ts'

export interface DurableStoreOptions {
  /** The store's own directory; made if absent, with access for its owner only. */
  readonly directory: string
  /** Drives expiry and the age of history. */
  readonly clock: Clock
  readonly retention?: RetentionPolicy
  /** How many bytes one commit may write; default 1.5 MiB, as etcd's. */
  readonly maxRequestBytes?: number
}

const defaultMaxRequestBytes = 1.5 * 1024 * 1024

/**
 * A store whose acknowledged commits survive a crash of the process and of the machine. All values
 * are kept in memory as well; the disk is read only here, when opening.
 *
 * Errors: `StoreInUse` when another process has it open, `StoreCorrupt` when a record is damaged or
 * missing, `StoreUnknownFormat` when another version or program wrote it, `StoreUnavailable` else.
 * A disk that fails later ends the store: every call then throws `StoreFailed`, until reopened.
 */
export async function openDurableStore(options: DurableStoreOptions): Promise<Store> {
  const disk = await openDisk(options.directory)
  try {
    const journal = createJournal(disk, await readBaseMarker(disk))
    return createLocalStore(await recover(disk), {
      clock: options.clock,
      retention: options.retention ?? defaultRetention,
      journal,
      maxRequestBytes: options.maxRequestBytes ?? defaultMaxRequestBytes,
    })
  } catch (error) {
    await disk.close()
    throw diskError(error)
  }
}
