import type { ClusterClock } from '#api'

/** The time of a cluster: virtual time can be advanced, wall time only read. */
export interface ClusterTime {
  readonly mode: 'Virtual' | 'Wall'
  /** Resolves once time has advanced by `ms`; at once for 0. */
  advance(ms: number, signal: AbortSignal): Promise<void>
  /** Resolves to whether the condition held within `limitMs`. */
  until(holds: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean>
  /** Makes time pass as the Clock object's spec says, from the next quiescent point on. */
  follow(spec: NonNullable<ClusterClock['spec']>): void
  now(): { readonly wallMs: number; readonly elapsedMs: number }
}
