import type { Clock } from '#lib'
import { type Commit, type Revision, weightOf } from '../contract/store.ts'

/** How much history a store keeps without being told to compact. */
export interface RetentionPolicy {
  /** At least this long (as long as `revisions` allows); the API server of Kubernetes keeps 5 min. */
  readonly keepMs: number
  /** At most about so many revisions (a quarter more before they are dropped), whatever their age. */
  readonly revisions: number
  /** At most about so many bytes of values that nobody sees but in history, whatever their age. */
  readonly bytes: number
}

/** This policy says how much history a store keeps unless it is told otherwise. */
export const defaultRetention: RetentionPolicy = Object.freeze({
  keepMs: 300_000,
  revisions: 20_000,
  bytes: 256 * 1024 * 1024,
})

export interface Retention {
  /** Takes note of a new commit; the revision to compact at, if it is time to. */
  afterCommit(commit: Commit, compactRevision: Revision): Revision | undefined
}

interface Mark {
  readonly atMs: number
  readonly revision: Revision
}

/** A store that takes no commits does not grow, so this needs no timer: it is asked at each commit. */
export function createRetention(clock: Clock, policy: RetentionPolicy): Retention {
  // At most six: one each fifth of the time kept, the first being the next to compact at.
  const marks: Mark[] = []
  const byAge = (revision: Revision) => {
    const nowMs = clock.monotonicMs()
    let expired: Mark | undefined
    while (marks[0] && nowMs - marks[0].atMs >= policy.keepMs) expired = marks.shift()
    const newest = marks.at(-1)
    if (newest === undefined || nowMs - newest.atMs >= policy.keepMs / 5) {
      marks.push({ atMs: nowMs, revision })
    }
    return expired?.revision ?? 0
  }
  const byCount = (revision: Revision, compactRevision: Revision) =>
    revision - compactRevision > policy.revisions * 1.25 ? revision - policy.revisions : 0
  const weights = createWeights()
  const byWeight = (commit: Commit, compactRevision: Revision) => {
    weights.dropTo(compactRevision)
    weights.add(commit)
    return weights.total > policy.bytes ? weights.overweight(policy.bytes * 0.75) : 0
  }
  return {
    afterCommit(commit, compactRevision) {
      const { revision } = commit
      const target = Math.max(
        byAge(revision),
        byCount(revision, compactRevision),
        byWeight(commit, compactRevision),
      )
      return target > compactRevision ? target : undefined
    },
  }
}

/** What each commit since the last compaction has put into history. */
function createWeights() {
  let weights: number[] = []
  /** The revision of the first. */
  let first = 0
  let total = 0
  return {
    get total() {
      return total
    },
    add({ revision, changes }: Commit) {
      if (weights.length === 0) first = revision
      let weight = 0
      for (const { before } of changes) weight += before === undefined ? 0 : weightOf(before.value)
      weights.push(weight)
      total += weight
    },
    dropTo(at: Revision) {
      const count = Math.min(weights.length, at - first + 1)
      if (count <= 0) return
      for (const weight of weights.slice(0, count)) total -= weight
      weights = weights.slice(count)
      first += count
    },
    /** The revision up to which history has to go for no more than this to be left. */
    overweight(limit: number): Revision {
      let left = total
      let count = 0
      while (left > limit && count < weights.length) left -= weights[count++] ?? 0
      return first + count - 1
    },
  }
}
