import { onAbort } from '../base/on-abort.ts'
import type { Clock } from '../clock/clock.ts'

/** Remembers that something happened until it is cleared; one reader waits for it. */
export interface Flag {
  raise(): void
  clear(): void
  /** Resolves when raised, at once if it is already, or after `limitMs` where one is given. */
  raised(clock: Clock, limitMs: number | undefined, signal: AbortSignal): Promise<void>
}

/** Makes a flag that is not raised. */
export function createFlag(): Flag {
  let isRaised = false
  let wake = () => {}
  return {
    raise() {
      isRaised = true
      wake()
    },
    clear() {
      isRaised = false
    },
    raised: (clock, limitMs, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        if (isRaised) return resolve()
        const settle = (outcome: () => void) => () => {
          timer?.[Symbol.dispose]()
          watched[Symbol.dispose]()
          wake = () => {}
          outcome()
        }
        const timer = limitMs === undefined ? undefined : clock.timer(limitMs, settle(resolve))
        wake = settle(resolve)
        const watched = onAbort(
          signal,
          settle(() => reject(signal.reason)),
        )
      }),
  }
}
