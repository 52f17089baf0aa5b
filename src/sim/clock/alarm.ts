import type { Clock } from '#lib'

/** A rest that ends early when somebody rings. Ringing when nobody rests does nothing. */
export interface Alarm {
  ring(): void
  /** Resolves after `ms` of the clock, without `ms` only when it is rung. */
  rest(ms: number | undefined): Promise<void>
}

export function createAlarm(clock: Clock): Alarm {
  let ring = () => {}
  return {
    ring: () => ring(),
    rest: (ms) =>
      new Promise((resolve) => {
        const timer = ms === undefined ? undefined : clock.timer(ms, () => ring())
        ring = () => {
          timer?.[Symbol.dispose]()
          resolve()
        }
      }),
  }
}
