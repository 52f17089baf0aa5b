/** Upstream's back-off of volume operations: half a second, doubling to two minutes and two seconds. */
const initialMs = 500
const longestMs = 122_000

interface Entry {
  /** Where the volume was last mounted. */
  readonly path?: string
  readonly failure?: { readonly delayMs: number; readonly sinceMs: number }
}

/** What has become of the volumes of one pod. */
export interface PodMounts {
  /** Milliseconds until the volume may be tried again; 0 when it may be now. */
  remainingMs(volume: string, nowMs: number): number
  failed(volume: string, nowMs: number): void
  mounted(volume: string, path: string): void
  /** A volume that was mounted stays so, even if its content can no longer be had. */
  pathOf(volume: string): string | undefined
}

/** Upstream: nestedpendingoperations with exponentialbackoff, and the actual state of the world. */
export function createPodMounts(): PodMounts {
  const entries = new Map<string, Entry>()
  return {
    remainingMs(volume, nowMs) {
      const failure = entries.get(volume)?.failure
      return failure ? Math.max(0, failure.sinceMs + failure.delayMs - nowMs) : 0
    },
    failed(volume, nowMs) {
      const held = entries.get(volume)
      const delayMs = held?.failure ? Math.min(longestMs, held.failure.delayMs * 2) : initialMs
      entries.set(volume, { ...held, failure: { delayMs, sinceMs: nowMs } })
    },
    mounted: (volume, path) => void entries.set(volume, { path }),
    pathOf: (volume) => entries.get(volume)?.path,
  }
}
