import type { VirtualClock } from '#lib'
import type { Pacer } from '#sim'
import type { ClusterTime } from '../clock/cluster-clock.ts'

/** The time of a simulation as its API moves it. */
export interface SimTime extends ClusterTime {
  /**
   * While a journal is replayed, whoever reads it moves time: those who ask for it over the API wait
   * for nothing, as their answers are read by nobody.
   */
  isReplaying: boolean
}

export function createSimTime(pacer: Pacer, clock: VirtualClock): SimTime {
  const time: SimTime = {
    mode: 'Virtual',
    isReplaying: false,
    advance: (ms, signal) =>
      ms === 0 || time.isReplaying ? Promise.resolve() : pacer.advance(ms, signal),
    until: async (holds, limitMs, signal) =>
      holds() || (!time.isReplaying && (await pacer.until(holds, limitMs, signal))),
    follow({ paused = false, speed = '1' }) {
      if (time.isReplaying) return
      // Not waited for: when the pacer turns to it depends on wall time, and the caller must not.
      void pacer.speed(Number(speed))
      void (paused ? pacer.pause() : pacer.resume())
    },
    now: () => ({ wallMs: clock.wallMs(), elapsedMs: clock.monotonicMs() }),
  }
  return time
}
