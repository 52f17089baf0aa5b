/** Listeners of a signal by the signal; each signal has one native listener, which calls them all. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `listener` once when `signal` aborts, unless it was disposed before. Nothing is called for a
 * signal that has aborted already. A signal that lives long has many short waits under it, and a
 * native listener costs a search through all of them to add, and another to remove: here it is a set.
 */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) return nothing
  let listeners = waiting.get(signal)
  if (!listeners) {
    listeners = new Set()
    waiting.set(signal, listeners)
    signal.addEventListener('abort', () => callAll(signal), { once: true })
  }
  return new Subscription(listeners, listener)
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Listeners of a signal whose owner calls `callAll` himself: it needs no native listener. */
export function ownListeners(signal: AbortSignal): void {
  waiting.set(signal, new Set())
}

export function callAll(signal: AbortSignal): void {
  const listeners = waiting.get(signal) ?? new Set()
  waiting.delete(signal)
  const failures: unknown[] = []
  for (const listener of listeners) {
    try {
      listener()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures)
}

class Subscription implements Disposable {
  readonly #listeners: Set<() => void>
  readonly #listener: () => void

  constructor(listeners: Set<() => void>, listener: () => void) {
    this.#listeners = listeners.add(listener)
    this.#listener = listener
  }

  [Symbol.dispose](): void {
    this.#listeners.delete(this.#listener)
  }
}

const nothing: Disposable = { [Symbol.dispose]: () => undefined }
