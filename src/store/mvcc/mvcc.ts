import {
  type Commit,
  CompactedError,
  FutureRevisionError,
  type Key,
  type RangeQuery,
  type RangeResult,
  type Revision,
  type StoredValue,
} from '../contract/store.ts'
import { createRevisionHistory } from './history.ts'
import { createVersions } from './versions.ts'
import { createStoreWatchers } from './watchers.ts'

/** What a store knows at one revision, without what led there. */
export interface StoreSnapshot {
  readonly revision: Revision
  readonly values: readonly StoredValue[]
}

export const emptySnapshot: StoreSnapshot = Object.freeze({
  revision: 1,
  values: Object.freeze([]),
})

/** The readable state of a local store: versions of all keys, commits since compaction, watches. */
export interface Mvcc {
  readonly revision: Revision
  readonly compactRevision: Revision
  get(key: Key, at?: Revision): StoredValue | undefined
  range(query: RangeQuery): RangeResult
  watch(prefix: Key, after: Revision, signal: AbortSignal): AsyncIterable<readonly Commit[]>
  requestProgress(prefix: Key): void
  /** Makes a commit readable. Its revision must be the next one. */
  publish(commit: Commit): void
  compact(at: Revision): void
  /** Ends all watches with `error`. */
  end(error: Error): void
}

export function createMvcc(start: StoreSnapshot): Mvcc {
  const versions = createVersions(start.values)
  const history = createRevisionHistory(start.revision)
  const watchers = createStoreWatchers(history)

  const readable = (at: Revision) => {
    if (at < history.compactRevision) throw new CompactedError(history.compactRevision)
    if (at > history.revision) throw new FutureRevisionError(history.revision)
    return at
  }

  return {
    get revision() {
      return history.revision
    },
    get compactRevision() {
      return history.compactRevision
    },
    get: (key, at) => (at === undefined ? versions.current(key) : versions.get(key, readable(at))),
    range(query) {
      const revision = readable(query.at ?? history.revision)
      const { values, remaining } = versions.range({ ...query, at: revision })
      return { revision, values, more: remaining > 0, remaining }
    },
    watch: watchers.watch,
    requestProgress: watchers.requestProgress,
    publish(commit) {
      versions.add(commit)
      history.add(commit)
      watchers.notify(commit)
    },
    compact(at) {
      if (at <= history.compactRevision) throw new CompactedError(history.compactRevision)
      readable(at)
      versions.forget(history.dropTo(at), at)
    },
    end: watchers.end,
  }
}
