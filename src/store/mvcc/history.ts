import { type Commit, CompactedError, type Revision } from '../contract/store.ts'

/** The commits since compaction. Revisions follow each other, so a commit is found by its place. */
export interface RevisionHistory {
  /** The newest revision. */
  readonly revision: Revision
  /** The oldest revision that can be read; commits up to and including it are gone. */
  readonly compactRevision: Revision
  /** The commit of a revision above `compactRevision`, up to `revision`. */
  at(revision: Revision): Commit
  add(commit: Commit): void
  /** Drops and returns the commits up to `at`. */
  dropTo(at: Revision): readonly Commit[]
}

export function createRevisionHistory(start: Revision): RevisionHistory {
  const commits: Commit[] = []
  let compactRevision = start
  const history: RevisionHistory = {
    get revision() {
      return compactRevision + commits.length
    },
    get compactRevision() {
      return compactRevision
    },
    at(revision) {
      const commit = commits[revision - compactRevision - 1]
      if (commit === undefined) throw new CompactedError(compactRevision)
      return commit
    },
    add: (commit) => void commits.push(commit),
    dropTo(at) {
      const dropped = commits.splice(0, at - compactRevision)
      compactRevision = at
      return dropped
    },
  }
  return history
}
