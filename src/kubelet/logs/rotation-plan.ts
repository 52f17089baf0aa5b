/** What to do to the files beside a container's log before it is rotated. */
export interface RotationPlan {
  readonly remove: readonly string[]
  /** Rotated before and not compressed yet, oldest first. */
  readonly compress: readonly string[]
}

const compressedSuffix = '.gz'
/** Left behind by a compression that was interrupted. */
const unfinishedSuffix = '.tmp'

/**
 * `names` are those beside `log` that begin with it (`0.log.20260101-000000`). After the rotation
 * there are at most `maxFiles`: the log itself, the one just rotated, and older ones (upstream:
 * containerLogManager).
 */
export function planRotation(
  log: string,
  names: readonly string[],
  maxFiles: number,
): RotationPlan {
  const rotated = names.filter((name) => name.startsWith(`${log}.`))
  const unfinished = rotated.filter((name) => name.endsWith(unfinishedSuffix))
  // A compressed file beside its original: the original had not been removed yet.
  const doubled = rotated.filter((name) => rotated.includes(name + compressedSuffix))
  const useful = rotated
    .filter((name) => !unfinished.includes(name) && !doubled.includes(name))
    .toSorted()
  const kept = Math.max(0, maxFiles - 2)
  const excess = useful.slice(0, Math.max(0, useful.length - kept))
  return {
    remove: [...unfinished, ...doubled, ...excess],
    compress: useful.slice(excess.length).filter((name) => !name.endsWith(compressedSuffix)),
  }
}

/** `0.log` becomes `0.log.20260131-093005`. */
export function rotatedName(log: string, wallMs: number): string {
  const digits = new Date(wallMs).toISOString().replace(/[-:]/g, '').slice(0, 15)
  return `${log}.${digits.replace('T', '-')}`
}
