import { callAll, onAbort, ownListeners } from '../base/on-abort.ts'
import type { Clock } from '../clock/clock.ts'

/** A signal that aborts with another one, or by itself; disposing lets go of the other. */
export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

/**
 * Like `AbortSignal.any` of one signal, for many short pieces of work under one that lives long:
 * nothing of them stays behind in it.
 */
export function linkedAbort(parent: AbortSignal): LinkedAbort {
  return new Linked(parent)
}

class Linked implements LinkedAbort {
  readonly signal: AbortSignal
  readonly #own = new AbortController()
  readonly #following: Disposable

  constructor(parent: AbortSignal) {
    this.signal = this.#own.signal
    ownListeners(this.signal)
    if (parent.aborted) this.abort(parent.reason)
    this.#following = onAbort(parent, () => this.abort(parent.reason))
  }

  abort(reason: unknown): void {
    if (this.signal.aborted) return
    this.#own.abort(reason)
    callAll(this.signal)
  }

  [Symbol.dispose](): void {
    this.#following[Symbol.dispose]()
  }
}

/** Runs work with a signal that aborts after a time, or with its parent. */
export type Limited = <T>(
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>

/**
 * For work that comes again and again, and is aborted after `limitMs` for `reason`. To make a signal
 * costs more than most of what runs with it, so the next work gets the one that was not aborted.
 */
export function limited(
  clock: Pick<Clock, 'timer'>,
  { limitMs, reason }: { readonly limitMs: number; readonly reason: string },
): Limited {
  let spare: { readonly parent: AbortSignal; readonly linked: LinkedAbort } | undefined
  const take = (parent: AbortSignal) => {
    const taken = spare?.parent === parent ? spare.linked : linkedAbort(parent)
    spare = undefined
    return taken
  }
  const giveBack = (parent: AbortSignal, linked: LinkedAbort) => {
    if (spare || linked.signal.aborted) linked[Symbol.dispose]()
    else spare = { parent, linked }
  }
  return async (parent, work) => {
    const linked = take(parent)
    const timer = clock.timer(limitMs, () => linked.abort(new Error(reason)))
    // Not by `using`, which costs more than all the rest: every few seconds each kubelet is here.
    try {
      return await work(linked.signal)
    } finally {
      timer[Symbol.dispose]()
      giveBack(parent, linked)
    }
  }
}
