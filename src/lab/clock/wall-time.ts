import type { Clock } from '#lib'
import type { ClusterTime } from './cluster-time.ts'

/** The time of a real cluster: it can be told, and nothing else. */
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
