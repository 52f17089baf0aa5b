/** A value that is there already, or a promise of one. Functions that give it must not give thenables. */
export type MaybePromise<T> = T | Promise<T>

/**
 * What `next` makes of a value: at once where the value is there, later where it is promised. An error
 * of `next` is thrown in the first case and rejects in the second.
 */
export function andThen<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/**
 * What is left of `first` after each step has changed it, one after the other: at once where every
 * step answers at once. Once a step promises its answer, those after it wait for it.
 */
export function inTurn<S, T>(
  steps: readonly S[],
  first: T,
  take: (value: T, step: S) => MaybePromise<T>,
  from = 0,
): MaybePromise<T> {
  let value = first
  for (let at = from; at < steps.length; at++) {
    const next = take(value, steps[at] as S)
    if (next instanceof Promise) return next.then((late) => inTurn(steps, late, take, at + 1))
    value = next
  }
  return value
}
