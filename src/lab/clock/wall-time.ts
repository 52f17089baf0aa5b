import type { Clock } from '#lib'
import type { ClusterTime } from './cluster-time.ts'

/** Makes the time of a real cluster, which can be read but not advanced. */
export function wallTime(clock: Clock): ClusterTime {
  const startMs = clock.monotonicMs()
  return {
    mode: 'Wall',
    advance: () => Promise.resolve(),
    until: async (holds) => holds(),
    follow: () => undefined,
    now: () => ({ wallMs: clock.wallMs(), elapsedMs: clock.monotonicMs() - startMs }),
  }
}
