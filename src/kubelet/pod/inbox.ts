import { type Clock, onAbort } from '#lib'
import type { Trigger } from '#machinery'

/** Waits for news or for a time; news that come while nobody waits are not lost. */
export interface WakeUp {
  now(why: Trigger): void
  /** As `now`, of what a look at the runtime shows as well. */
  look(why: Trigger): void
  /** That look has been taken since, and there is nothing to do for it. */
  looked(): void
  /** Why it is time; at the latest after `withinMs`. */
  next(withinMs: number | undefined, signal: AbortSignal): Promise<Trigger>
}

export function createWakeUp(clock: Clock): WakeUp {
  let pending: Trigger | undefined
  let toLookAt: Trigger | undefined
  let resolve: ((why: Trigger) => void) | undefined
  const take = () => {
    const why = pending ?? toLookAt
    pending = undefined
    toLookAt = undefined
    return why
  }
  const tell = (why: Trigger) => {
    const waiting = resolve
    resolve = undefined
    waiting?.(take() ?? why)
  }
  return {
    now(why) {
      pending ??= why
      tell(why)
    },
    look(why) {
      toLookAt ??= why
      tell(why)
    },
    looked() {
      toLookAt = undefined
    },
    next(withinMs, signal) {
      const why = take()
      if (why !== undefined) return Promise.resolve(why)
      if (withinMs === 0) return Promise.resolve(timer('the next step of the pod is due'))
      return new Promise((done) => {
        const waiting =
          withinMs === undefined
            ? undefined
            : clock.timer(withinMs, () => finish(timer('a time that was waited for has come')))
        const finish = (reason: Trigger) => {
          waiting?.[Symbol.dispose]()
          watched[Symbol.dispose]()
          resolve = undefined
          done(reason)
        }
        const stop = () => finish(timer('the kubelet stops'))
        const watched = onAbort(signal, stop)
        resolve = finish
        if (signal.aborted) stop()
      })
    },
  }
}

function timer(purpose: string): Trigger {
  return { kind: 'timer', purpose }
}
