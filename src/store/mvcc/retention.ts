import type { Clock } from '#lib'
import type { Revision } from '../contract/store.ts'

/** How much history a store keeps without being told to compact. */
export interface RetentionPolicy {
  /** At least this long (as long as `revisions` allows); the API server of Kubernetes keeps 5 min. */
  readonly keepMs: number
  /** At most about so many revisions (a quarter more before they are dropped), whatever their age. */
  readonly revisions: number
}

/** This policy says how much history a store keeps unless it is told otherwise. */
export const defaultRetention: RetentionPolicy = Object.freeze({
  keepMs: 300_000,
  revisions: 20_000,
})

export interface Retention {
  /** Takes note of a new commit; the revision to compact at, if it is time to. */
  afterCommit(revision: Revision, compactRevision: Revision): Revision | undefined
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
  return {
    afterCommit(revision, compactRevision) {
      const target = Math.max(byAge(revision), byCount(revision, compactRevision))
      return target > compactRevision ? target : undefined
    },
  }
}
