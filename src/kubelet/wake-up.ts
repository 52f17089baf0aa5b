import type { Clock } from '#lib'

/** Waits for news or for a time; news that come while nobody waits are not lost. */
export interface WakeUp {
  now(why: string): void
  /** Why it is time; at the latest after `withinMs`. */
  next(withinMs: number | undefined, signal: AbortSignal): Promise<string>
}

export function createWakeUp(clock: Clock): WakeUp {
  let pending: string | undefined
  let resolve: ((why: string) => void) | undefined
  const take = () => {
    const why = pending
    pending = undefined
    return why
  }
  return {
    now(why) {
      pending ??= why
      const waiting = resolve
      resolve = undefined
      waiting?.(take() ?? why)
    },
    next(withinMs, signal) {
      const why = take()
      if (why !== undefined) return Promise.resolve(why)
      if (withinMs === 0) return Promise.resolve('the next step is due')
      return new Promise((done) => {
        const timer =
          withinMs === undefined
            ? undefined
            : clock.timer(withinMs, () => finish('a time that was waited for has come'))
        const onAbort = () => finish('stopped')
        const finish = (reason: string) => {
          timer?.[Symbol.dispose]()
          signal.removeEventListener('abort', onAbort)
          resolve = undefined
          done(reason)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        resolve = finish
        if (signal.aborted) onAbort()
      })
    },
  }
}
