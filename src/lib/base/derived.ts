/** A pure function of an object that computes its result once for each object; see `derived`. */
export interface Derived<K extends object, V, Rest extends readonly unknown[] = []> {
  /** The value of the object: the one that was computed before, or a new one. */
  (source: K, ...rest: Rest): V
  /** The value of the object if it has been computed or remembered already. */
  known(source: K): V | undefined
  /** Keeps a value that was found by another way as the one of the object; gives it back. */
  remember(source: K, value: V): V
}

/**
 * Makes an identity cache: a function that remembers, for as long as an object lives, what it computed
 * from that object. It is meant for objects that never change, as all stored ones: a changed object is
 * another object, so that nothing remembered can be out of date. Errors and undefined are not
 * remembered. Further arguments are handed to `compute` but tell nothing apart: the value must be the
 * same for all that an object is asked with.
 *
 * ```ts
 * const summaryOf = derived((pod: Stored<Pod>) => summarize(pod))
 * summaryOf(pod) === summaryOf(pod) // computed once
 * ```
 */
export function derived<K extends object, V, Rest extends readonly unknown[] = []>(
  compute: (source: K, ...rest: Rest) => V,
): Derived<K, V, Rest> {
  const values = new WeakMap<K, V>()
  const remember = (source: K, value: V): V => {
    if (value !== undefined) values.set(source, value)
    return value
  }
  return Object.assign(
    (source: K, ...rest: Rest): V =>
      values.get(source) ?? remember(source, compute(source, ...rest)),
    { known: (source: K) => values.get(source), remember },
  )
}

/**
 * A function that remembers only its last result, and gives it again while every argument is the very
 * one of the call before. It suits what is asked many times in a row: the text of this second, the
 * plan for the table that stands. Errors are not remembered.
 *
 * ```ts
 * const dayText = derivedFromLast((day: number) => new Date(day * 86_400_000).toISOString())
 * ```
 */
export function derivedFromLast<Arguments extends readonly unknown[], V>(
  compute: (...sources: Arguments) => V,
): (...sources: Arguments) => V {
  let last: { readonly sources: Arguments; readonly value: V } | undefined
  return (...sources) => {
    if (!last || !isSame(sources, last.sources)) last = { sources, value: compute(...sources) }
    return last.value
  }
}

function isSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  for (let i = 0; i < some.length; i++) if (!Object.is(some[i], others[i])) return false
  return some.length === others.length
}
