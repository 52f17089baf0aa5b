import type { Clock } from '#lib'

/** A signal that ends with the caller's, or when the time is up; tells which of the two it was. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  readonly expired: boolean
}

/** Starts a deadline of `afterMs` milliseconds, which also ends when the caller's signal aborts. */
export function startDeadline(clock: Clock, afterMs: number, caller: AbortSignal): Deadline {
  const own = new AbortController()
  let expired = false
  const onAbort = () => own.abort(caller.reason)
  const timer = clock.timer(afterMs, () => {
    expired = true
    own.abort(new Error('deadline exceeded'))
  })
  if (caller.aborted) onAbort()
  else caller.addEventListener('abort', onAbort, { once: true })
  return {
    signal: own.signal,
    get expired() {
      return expired
    },
    [Symbol.dispose]: () => {
      timer[Symbol.dispose]()
      caller.removeEventListener('abort', onAbort)
    },
  }
}
