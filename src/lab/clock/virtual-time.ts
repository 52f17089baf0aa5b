import type { VirtualClock } from '#lib'
import type { TimeDriver } from '#sim'
import type { ClusterTime } from './cluster-time.ts'

/** The time of a simulated cluster, as `clocks.sim.knarr.dev` advances it. */
export interface VirtualTime extends ClusterTime {
  /**
   * While a journal is replayed, only the replay advances time; requests for it over the API answer at
   * once, for nobody reads their answers.
   */
  isReplaying: boolean
}

/** Makes the time of a simulated cluster over its clock and the driver that advances it. */
export function createVirtualTime(timeDriver: TimeDriver, clock: VirtualClock): VirtualTime {
  const time: VirtualTime = {
    mode: 'Virtual',
    isReplaying: false,
    advance: (ms, signal) =>
      ms === 0 || time.isReplaying ? Promise.resolve() : timeDriver.advance(ms, signal),
    until: async (holds, limitMs, signal) =>
      holds() || (!time.isReplaying && (await timeDriver.until(holds, limitMs, signal))),
    follow({ paused = false, speed = '1' }) {
      if (time.isReplaying) return
      // Not waited for: when the time driver turns to it depends on wall time, and the caller must not.
      // It fails only when the simulation ends first.
      const ended = () => undefined
      timeDriver.speed(Number(speed)).catch(ended)
      ;(paused ? timeDriver.pause() : timeDriver.resume()).catch(ended)
    },
    now: () => ({ wallMs: clock.wallMs(), elapsedMs: clock.monotonicMs() }),
  }
  return time
}
