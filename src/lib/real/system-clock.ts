import { type Clock, sleepOn } from '../clock/clock.ts'

/** The machine's own time. `Date.now` may be stepped by an administrator; the monotonic clock may not. */
export const systemClock: Clock = {
  // biome-ignore lint/plugin: this file is where ambient time enters
  monotonicMs: () => performance.now(),
  // biome-ignore lint/plugin: this file is where ambient time enters
  wallMs: () => Date.now(),
  timer: (afterMs, fire) => startTimer(afterMs, fire),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

/** Node's timers fire at once for more than 2^31-1 ms (24.8 days), so longer waits are chained. */
const longestTimerMs = 2 ** 31 - 1

function startTimer(afterMs: number, fire: () => void): Disposable {
  let handle: NodeJS.Timeout
  const arm = (leftMs: number) => {
    const stepMs = Math.min(Math.max(leftMs, 0), longestTimerMs)
    handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : fire()), stepMs)
  }
  arm(afterMs)
  return { [Symbol.dispose]: () => clearTimeout(handle) }
}
