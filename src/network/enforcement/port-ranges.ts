/** A range of ports, both ends in it. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** The same ports in as few ranges as there can be, in order: nft refuses ranges that overlap. */
export function mergeRanges(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: PortRange[] = []
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const previous = merged.at(-1)
    if (previous === undefined || first > previous.last + 1) merged.push({ first, last })
    else merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, last) }
  }
  return merged
}
