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
  const own = new AbortController()
  ownListeners(own.signal)
  const abort = (reason: unknown) => {
    if (own.signal.aborted) return
    own.abort(reason)
    callAll(own.signal)
  }
  const follow = () => abort(parent.reason)
  if (parent.aborted) follow()
  const following = onAbort(parent, follow)
  return {
    signal: own.signal,
    abort,
    [Symbol.dispose]: () => following[Symbol.dispose](),
  }
}

/** Runs `work` with a signal that aborts after `limitMs` for `reason`, or with the parent. */
export async function withinLimit<T>(
  clock: Pick<Clock, 'timer'>,
  { limitMs, reason, parent }: { limitMs: number; reason: string; parent: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using linked = linkedAbort(parent)
  using _timer = clock.timer(limitMs, () => linked.abort(new Error(reason)))
  return await work(linked.signal)
}
