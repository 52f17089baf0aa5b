import type { Clock } from '#lib'

/** One timer that stands at the earliest instant it was armed for. */
export interface EarliestTimer {
  /** In the clock's monotonic milliseconds. */
  arm(atMs: number): void
  cancel(): void
}

export function createEarliestTimer(clock: Clock, ring: () => void): EarliestTimer {
  let armedMs = Number.POSITIVE_INFINITY
  let timer: Disposable | undefined
  const cancel = () => {
    timer?.[Symbol.dispose]()
    timer = undefined
    armedMs = Number.POSITIVE_INFINITY
  }
  return {
    cancel,
    arm(atMs) {
      if (atMs >= armedMs) return
      cancel()
      armedMs = atMs
      timer = clock.timer(atMs - clock.monotonicMs(), () => {
        cancel()
        ring()
      })
    },
  }
}
