import type { ClusterClock } from '#api'

/** What moves the time of a cluster, or cannot. */
export interface ClusterTime {
  readonly mode: 'Virtual' | 'Wall'
  /** Resolves once time has moved by `ms`; at once for 0. */
  advance(ms: number, signal: AbortSignal): Promise<void>
  /** Resolves to whether the condition held within `limitMs`. */
  until(holds: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean>
  /** Makes time go as the Clock object says, as soon as it can. */
  follow(spec: NonNullable<ClusterClock['spec']>): void
  now(): { readonly wallMs: number; readonly elapsedMs: number }
}
