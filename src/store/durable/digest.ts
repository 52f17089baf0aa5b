import type { Commit, StoredValue } from '../contract/store.ts'

// Far below where doubles stop to be exact, so that sums never lose a digit.
const modulus = 2 ** 48

/**
 * A digest of the base that can be kept up without reading it: the sum of the revisions at which its
 * values were last put. Records have checksums of their own; this finds whole ones that are too old.
 */
export function addDigest(sum: number, change: number): number {
  return (((sum + change) % modulus) + modulus) % modulus
}

/** What one value adds to the digest. */
export function digestOf(value: StoredValue | undefined): number {
  return value?.modified ?? 0
}

/** What a commit adds to the digest. */
export function changeOfDigest({ changes }: Commit): number {
  return changes.reduce((sum, { before, after }) => sum + digestOf(after) - digestOf(before), 0)
}
