/**
 * A ratchet holds what a check has found and nobody has mended yet. It may only shrink: a finding
 * that is not in it fails the check, and so does an entry of it that is found no more.
 */

/** How often something was found, by what was found. */
export type Findings = Readonly<Record<string, number>>

/** Where one finding is, for findings that are counted by room. */
export interface Place {
  /** What it is counted under. */
  readonly key: string
  readonly path: string
  readonly line: number
  /** What to do there, where the rule's advice does not say it. */
  readonly hint?: string
}

export interface Comparison {
  /** Findings that the ratchet does not hold, or holds with a smaller number. */
  readonly risen: readonly string[]
  /** Entries of the ratchet that are found less often than they say, or no more. */
  readonly fallen: readonly string[]
}

export function compare(found: Findings, held: Findings): Comparison {
  const risen = Object.entries(found)
    .filter(([key, count]) => count > (held[key] ?? 0))
    .map(([key, count]) => describe(key, count, held[key]))
  const fallen = Object.entries(held)
    .filter(([key, count]) => (found[key] ?? 0) < count)
    .map(([key, count]) => describe(key, found[key] ?? 0, count))
  return { risen, fallen }
}

function describe(key: string, count: number, held: number | undefined): string {
  if (count === 1 && held === undefined) return key
  return `${key}: ${count}${held === undefined ? '' : `, and the ratchet says ${held}`}`
}

const mostPlaces = 20

/** The places of what has risen: those in changed files where there are any, since it is one of them. */
export function placesOfRisen(
  places: readonly Place[],
  { found, held }: { readonly found: Findings; readonly held: Findings },
  changed: ReadonlySet<string>,
): readonly string[] {
  const risen = places.filter(({ key }) => (found[key] ?? 0) > (held[key] ?? 0))
  const near = risen.filter(({ path }) => changed.has(path))
  return (near.length > 0 ? near : risen)
    .slice(0, mostPlaces)
    .map(({ path, line, hint }) => `${path}:${line}${hint === undefined ? '' : ` ${hint}`}`)
}

/** The ratchet after what was mended; what has risen stays as it was held. */
export function lowered(found: Findings, held: Findings): Findings {
  const entries = Object.entries(held)
    .map(([key, count]) => [key, Math.min(count, found[key] ?? 0)] as const)
    .filter(([, count]) => count > 0)
  return Object.fromEntries(entries)
}

/** Counts equal keys, sorted, so that the file of ratchets stays in one order. */
export function tally(keys: Iterable<string>): Findings {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
