import type { Clock, Random } from '#lib'

/** Upstream's syncFrequency; each period is up to half as long again. */
const periodMs = 60_000

/**
 * A refresh decides when a pod is synced for a change in what it refers to: a kubelet is not woken by
 * such changes, but syncs each pod once a minute or so, and takes new content of volumes over then.
 */
export interface Refresh {
  /** Notes that the pod has been synced. */
  synced(): void
  /** Calls `sync` when the next sync is due; further changes until then go with it. */
  changed(sync: () => void): void
  stop(): void
}

export function createRefresh(clock: Clock, random: Random): Refresh {
  let syncedMs = clock.monotonicMs()
  let timer: Disposable | undefined
  const stop = () => {
    timer?.[Symbol.dispose]()
    timer = undefined
  }
  return {
    synced: () => {
      syncedMs = clock.monotonicMs()
    },
    changed(sync) {
      if (timer) return
      const jitteredMs = periodMs * (1 + random.next() / 2)
      const sinceMs = (clock.monotonicMs() - syncedMs) % jitteredMs
      timer = clock.timer(jitteredMs - sinceMs, () => {
        timer = undefined
        sync()
      })
    },
    stop,
  }
}
