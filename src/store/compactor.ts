import { type Clock, type Logger, messageOf } from '#lib'
import { CompactedError, type Revision, type Store } from './contract/store.ts'

/** How much history a store without a retention of its own keeps (upstream: etcd-compaction-interval). */
const intervalMs = 300_000

/**
 * Forgets what is older than one interval, for a store that would keep history for ever, until
 * `signal` aborts. Several servers of one store may do so at once: the first to come compacts.
 */
export async function compactPeriodically(
  store: Pick<Store, 'currentRevision' | 'compact'>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  let before: Revision | undefined
  while (!signal.aborted) {
    try {
      const now = await store.currentRevision()
      const at = before
      before = now
      if (at !== undefined && at < now) await store.compact(at)
    } catch (error) {
      const isDone = error instanceof CompactedError || signal.aborted
      if (!isDone) log.warn('the store was not compacted', { error: messageOf(error) })
    }
    await clock.sleep(intervalMs, signal).catch(() => undefined)
  }
}
