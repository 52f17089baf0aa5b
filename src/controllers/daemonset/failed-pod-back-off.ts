import type { DaemonSet } from '#api'
import type { Clock } from '#lib'
import type { Stored } from '#machinery'

/** Upstream's failedPodsBackoff: one second at first, doubling to 15 minutes. */
const initialMs = 1_000
const maxMs = 900_000

/**
 * How long failed pods of a node stay before they are replaced. Without it a DaemonSet whose pods the
 * kubelet rejects would delete and make pods as fast as it can.
 */
export interface FailedPodBackOff {
  /** Milliseconds until a failed pod of this node may be replaced; 0 when it may be now. */
  delayMs(daemonSet: Stored<DaemonSet>, node: string): number
  /** Counts one more failed pod of this node that is replaced now. */
  replaced(daemonSet: Stored<DaemonSet>, node: string): void
}

interface Entry {
  readonly delayMs: number
  readonly sinceMs: number
}

export function createFailedPodBackOff(clock: Pick<Clock, 'monotonicMs'>): FailedPodBackOff {
  // In the order of their last failure, so that what has expired stands in front.
  const entries = new Map<string, Entry>()
  const keyOf = ({ metadata }: Stored<DaemonSet>, node: string) =>
    `${metadata.uid}/${metadata.generation ?? 0}/${node}`
  const current = (key: string): Entry | undefined => {
    for (const [each, { sinceMs }] of entries) {
      if (clock.monotonicMs() - sinceMs <= 2 * maxMs) break
      entries.delete(each)
    }
    return entries.get(key)
  }
  return {
    delayMs(daemonSet, node) {
      const entry = current(keyOf(daemonSet, node))
      return entry ? Math.max(0, entry.sinceMs + entry.delayMs - clock.monotonicMs()) : 0
    },
    replaced(daemonSet, node) {
      const key = keyOf(daemonSet, node)
      const before = current(key)
      entries.delete(key)
      const delayMs = before ? Math.min(maxMs, 2 * before.delayMs) : initialMs
      entries.set(key, { delayMs, sinceMs: clock.monotonicMs() })
    },
  }
}
