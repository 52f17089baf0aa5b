import type { MaybePromise } from '../base/maybe-promise.ts'

/**
 * Work that may stop between two of its steps, so that others have their turn, or until something is there that it
 * waits for; it gives its result at the end.
 */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, undefined>

/** Does all steps of some work at once. @throws Error where it has to wait for something */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (value !== undefined) throw new Error('work that cannot wait has to')
  }
}

/** Does the steps of some work with others' turn between them; at once where there is no `turn`. */
export function inTurns<T>(
  steps: Steps<T>,
  turn: (() => Promise<void>) | undefined,
): MaybePromise<T> {
  return turn ? oneByOne(steps, turn) : atOnce(steps)
}

async function oneByOne<T>(steps: Steps<T>, turn: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await (value ?? turn())
  }
}
