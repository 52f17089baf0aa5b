import type { Clock, Random } from '#lib'

/** Upstream's syncFrequency; each period is up to half as long again. */
const periodMs = 60_000

/**
 * When a pod hears of changes in what it refers to: a kubelet is not woken by them, but looks at each
 * pod once a minute or so, and takes new content of volumes over then.
 */
export interface Refresh {
  /** The pod has been looked at. */
  synced(): void
  /** `look` is called when the next look is due; further changes until then go with it. */
  changed(look: () => void): void
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
    changed(look) {
      if (timer) return
      const jitteredMs = periodMs * (1 + random.next() / 2)
      const sinceMs = (clock.monotonicMs() - syncedMs) % jitteredMs
      timer = clock.timer(jitteredMs - sinceMs, () => {
        timer = undefined
        look()
      })
    },
    stop,
  }
}
