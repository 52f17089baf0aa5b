import type { Clock } from './clock.ts'
import { callAll, onAbort, ownListeners } from './on-abort.ts'

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

/** Runs `work` with a signal that aborts after `limitMs` for `reason`, or with the parent. */
export async function withinLimit<T>(
  clock: Pick<Clock, 'timer'>,
  { limitMs, reason, parent }: { limitMs: number; reason: string; parent: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const linked = linkedAbort(parent)
  const timer = clock.timer(limitMs, () => linked.abort(new Error(reason)))
  // Not by `using`, which costs more than all the rest: every few seconds each kubelet is here.
  try {
    return await work(linked.signal)
  } finally {
    timer[Symbol.dispose]()
    linked[Symbol.dispose]()
  }
}
