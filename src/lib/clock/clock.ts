import { onAbort } from '../base/on-abort.ts'

/**
 * Time as an input. Every component that measures, waits or yields takes a `Clock`; the real one
 * stands in `real/system-clock.ts`, the simulated one in `virtual-clock.ts`.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start, for durations, time-outs and leases. Never jumps back. */
  monotonicMs(): number
  /** Milliseconds since the Unix epoch, for times shown to people. A fault may skew it per node. */
  wallMs(): number
  /** Calls `fire` once after `afterMs` (0 or less: as soon as possible). Disposing cancels. */
  timer(afterMs: number, fire: () => void): Disposable
  /** Resolves after `ms`. Rejects with the signal's reason when `signal` aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /**
   * The one yield point: gives way to other ready work. The simulator orders the turns that are
   * ready at the same instant by its seed, so whatever may run in any order should take a turn first.
   */
  turn(): Promise<void>
}

/** `sleep` over a bare `timer`; shared by every Clock so that abort behaves the same everywhere. */
export function sleepOn(
  clock: Pick<Clock, 'timer'>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = clock.timer(ms, () => {
      watched?.[Symbol.dispose]()
      resolve()
    })
    const watched =
      signal &&
      onAbort(signal, () => {
        timer[Symbol.dispose]()
        reject(signal.reason)
      })
  })
}
