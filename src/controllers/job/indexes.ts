/** Completion indexes as upstream writes them in statuses and policies: `1,3-5`. */

/** The indexes in `1,3-5` that are below a number of completions; what cannot be read is passed over. */
export function parseIndexes(
  text: string | undefined,
  completions = Number.POSITIVE_INFINITY,
): ReadonlySet<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
    if (first === undefined) continue
    const end = Math.min(Number(last), completions - 1)
    for (let index = Number(first); index <= end; index++) indexes.add(index)
  }
  return indexes
}

/** `1,3-5`: runs of three and more as ranges, of two as a pair, as upstream writes them. */
export function formatIndexes(indexes: Iterable<number>): string {
  const runs: { first: number; last: number }[] = []
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run && index <= run.last + 1) run.last = index
    else runs.push({ first: index, last: index })
  }
  return runs
    .map(({ first, last }) => {
      if (first === last) return `${first}`
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`
    })
    .join(',')
}
