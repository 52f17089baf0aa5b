import { onAbort } from '#lib'
import {
  type Commit,
  CompactedError,
  FutureRevisionError,
  type Key,
  type Revision,
  type StoredChange,
} from '../contract/store.ts'
import type { RevisionHistory } from './history.ts'

/**
 * Watches as cursors in the history: none has a queue, so a slow one costs no memory, and loses its
 * place only to compaction. A watch that waits for its next commit is parked; commits that do not
 * concern it move its cursor without waking it.
 */
export interface StoreWatchers {
  watch(prefix: Key, after: Revision, signal: AbortSignal): AsyncIterable<readonly Commit[]>
  /** Tells parked watches of a commit that the history has just taken. */
  notify(commit: Commit): void
  requestProgress(prefix: Key): void
  /** Every watch, also future ones, ends with `error`. */
  end(error: Error): void
}

interface Cursor {
  readonly prefix: Key
  /** Everything up to here has been handed out or does not concern the watch. */
  seen: Revision
  progressWanted: boolean
  /** Set while parked. */
  wake: (() => void) | undefined
}

/** A batch holds at most so many revisions, so that a late watcher does not get all at once. */
const batchRevisions = 256

export function createStoreWatchers(history: RevisionHistory): StoreWatchers {
  const cursors = new Set<Cursor>()
  let ended: Error | undefined

  async function* watch(prefix: Key, after: Revision, signal: AbortSignal) {
    const cursor: Cursor = { prefix, seen: after, progressWanted: false, wake: undefined }
    if (after > history.revision) throw new FutureRevisionError(history.revision)
    const rouse = () => wake(cursor)
    using _watched = onAbort(signal, rouse)
    cursors.add(cursor)
    try {
      while (!signal.aborted) {
        if (ended) throw ended
        const batch = nextBatch(history, cursor)
        if (batch.length > 0) yield batch
        else await parked(cursor)
      }
    } finally {
      cursors.delete(cursor)
    }
  }

  return {
    watch,
    notify(commit) {
      for (const cursor of cursors) {
        if (cursor.wake === undefined) continue
        if (touches(commit, cursor.prefix)) wake(cursor)
        else cursor.seen = commit.revision
      }
    },
    requestProgress(prefix) {
      for (const cursor of cursors) {
        if (cursor.prefix !== prefix) continue
        cursor.progressWanted = true
        wake(cursor)
      }
    },
    end(error) {
      ended ??= error
      for (const cursor of cursors) wake(cursor)
    },
  }
}

function parked(cursor: Cursor): Promise<void> {
  return new Promise((resolve) => {
    cursor.wake = resolve
  })
}

function wake(cursor: Cursor): void {
  const resolve = cursor.wake
  cursor.wake = undefined
  resolve?.()
}

/** Moves the cursor on, to the end of the history or of a full batch. */
function nextBatch(history: RevisionHistory, cursor: Cursor): readonly Commit[] {
  if (cursor.seen < history.compactRevision) throw new CompactedError(history.compactRevision)
  const batch: Commit[] = []
  while (cursor.seen < history.revision && batch.length < batchRevisions) {
    const commit = underPrefix(history.at(cursor.seen + 1), cursor.prefix)
    if (commit.changes.length > 0) batch.push(commit)
    cursor.seen++
  }
  if (cursor.progressWanted && cursor.seen === history.revision) {
    cursor.progressWanted = false
    batch.push(Object.freeze({ revision: cursor.seen, changes: noChanges }))
  }
  return batch
}

const noChanges: readonly StoredChange[] = Object.freeze([])

function touches({ changes }: Commit, prefix: Key): boolean {
  return changes.some(({ key }) => key.startsWith(prefix))
}

/** The part of a commit that a prefix sees; the commit itself when it sees all of it. */
function underPrefix(commit: Commit, prefix: Key): Commit {
  const changes = commit.changes.filter(({ key }) => key.startsWith(prefix))
  if (changes.length === commit.changes.length) return commit
  return Object.freeze({ revision: commit.revision, changes: Object.freeze(changes) })
}
