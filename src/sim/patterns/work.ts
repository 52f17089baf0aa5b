/**
 * Counts what a match costs: called with a number of comparisons, it throws when they become more than
 * whoever asked for the match may spend.
 */
export type Spend = (comparisons: number) => void

/** The most comparisons of one match for which nobody pays. */
const freeComparisons = 10_000_000

/** Makes a counter that throws when a match costs more than a short text and pattern can. */
export function boundedSpend(onTooMuch: () => Error): Spend {
  let spent = 0
  return (comparisons) => {
    spent += comparisons
    if (spent > freeComparisons) throw onTooMuch()
  }
}
