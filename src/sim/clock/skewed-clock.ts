import type { Clock } from '#lib'

/**
 * Makes the clock of a node that shows the wrong time, as after a fault. Durations and leases are measured
 * by its monotonic clock, which no fault shifts.
 */
export function skewedClock(clock: Clock, offsetMs: () => number): Clock {
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs() + offsetMs(),
    timer: (afterMs, fire) => clock.timer(afterMs, fire),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    turn: () => clock.turn(),
  }
}
