import { KnarrError } from '#lib'
import type { Commit, Key, Revision, StoredValue } from '../contract/store.ts'
import type { CommitJournal } from '../mvcc/local-store.ts'
import { addDigest, changeOfDigest } from './digest.ts'
import {
  type BaseMarker,
  baseName,
  commitName,
  type DiskWrite,
  diskError,
  encodeBaseMarker,
  type LevelDisk,
  revisionOfKey,
  valueName,
} from './disk.ts'
import type { Mark } from './mark.ts'
import { decodeCommit, encodeBase, encodeCommit, type LoggedChange } from './records.ts'

interface Appended {
  readonly revision: Revision
  readonly write: DiskWrite & { readonly type: 'put' }
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** One flush takes at most so many bytes, so that the first of a long queue is not kept waiting. */
const groupBytes = 4 << 20
/** Waiting commits beyond this many are refused: the disk is too slow for them. */
const mostWaiting = 65_536
/** How many commits one step of compaction folds. */
const foldedAtOnce = 500

/** What a journal starts from. */
export interface JournalStart {
  readonly base: BaseMarker
  /** What each commit after the base adds to its digest. */
  readonly digests: Map<Revision, number>
  readonly mark: Mark
}

/**
 * Group commit over LevelDB: while one flush is on its way to the disk, commits gather for the next.
 * LevelDB's batches are atomic, and a synchronous one makes all before it durable.
 */
export function createCommitJournal(
  disk: LevelDisk,
  { base, digests, mark }: JournalStart,
): CommitJournal {
  let waiting: Appended[] = []
  let flushing: Promise<void> | undefined
  let failure: KnarrError | undefined
  let folded = base
  let newest = base.revision + digests.size

  const flushOne = async () => {
    // Writers that the previous flush released write again in the turn that ends here.
    await new Promise((resolve) => setImmediate(resolve))
    const group = takeGroup(waiting)
    waiting = waiting.slice(group.length)
    try {
      await disk.batch(
        group.map(({ write }) => write),
        { sync: true },
      )
      mark.advance(group.at(-1)?.revision ?? newest)
      for (const { resolve } of group) resolve()
    } catch (error) {
      failure = diskError(error)
      for (const { reject } of [...group, ...waiting]) reject(failure)
      waiting = []
    }
  }
  const flush = async () => {
    while (waiting.length > 0) await flushOne()
    flushing = undefined
  }

  return {
    assertAccepting() {
      if (waiting.length >= mostWaiting) throw tooFarBehind()
    },
    append(commit) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      if (failure) reject(failure)
      else {
        newest = commit.revision
        digests.set(newest, changeOfDigest(commit))
        waiting.push({ revision: newest, write: writeOf(commit), resolve, reject })
        flushing ??= flush()
      }
      return promise
    },
    async compact(at) {
      try {
        while (folded.revision < at) {
          const to = Math.min(at, folded.revision + foldedAtOnce)
          folded = await fold(disk, folded, { to, digest: takeDigest(digests, folded, to) })
        }
      } catch (error) {
        throw diskError(error)
      }
    },
    async close() {
      await flushing
      try {
        if (failure === undefined) mark.settle(newest)
      } finally {
        mark[Symbol.dispose]()
        await disk.close()
      }
    },
  }
}

/** The digest of the base once it stands at `to`; forgets the commits up to there. */
function takeDigest(digests: Map<Revision, number>, from: BaseMarker, to: Revision): number {
  let digest = from.digest ?? 0
  for (let at = from.revision + 1; at <= to; at++) {
    digest = addDigest(digest, digests.get(at) ?? 0)
    digests.delete(at)
  }
  return digest
}

function writeOf(commit: Commit): Appended['write'] {
  const key = commitName(commit.revision)
  return { type: 'put', key, value: encodeCommit(key, commit) }
}

function takeGroup(waiting: readonly Appended[]): readonly Appended[] {
  let bytes = 0
  const end = waiting.findIndex(({ write }) => {
    bytes += write.value.length
    return bytes > groupBytes
  })
  return end < 0 ? waiting : waiting.slice(0, Math.max(1, end))
}

function tooFarBehind(): KnarrError {
  return new KnarrError('StoreOverloaded', `${mostWaiting} commits wait for the disk`, {
    hint: 'The disk is too slow for this load. Try again later.',
  })
}

/**
 * Moves the base to revision `to`, in one batch: what the commits up to it left alive becomes base
 * records, what they deleted leaves the base, and the commits themselves go. It need not be
 * synchronous: it changes the form of what is durable, not what it says.
 */
async function fold(
  disk: LevelDisk,
  from: BaseMarker,
  { to, digest }: { readonly to: Revision; readonly digest: number },
): Promise<BaseMarker> {
  const range = { gt: commitName(from.revision), lte: commitName(to), fillCache: false }
  const records = await disk.iterator(range).all()
  const last = new Map<Key, LoggedChange>()
  const existed = new Map<Key, boolean>()
  for (const [name, record] of records) {
    const revision = revisionOfKey(name)
    for (const change of decodeCommit(name, record, revision)) {
      if (!existed.has(change.key)) existed.set(change.key, change.after?.created !== revision)
      last.set(change.key, change)
    }
  }
  let { count } = from
  for (const { key, after } of last.values()) {
    count += Number(after !== undefined) - Number(existed.get(key))
  }
  const marker: BaseMarker = { revision: to, count, digest }
  await disk.batch([
    ...[...last.values()].map(({ key, after }) => baseWrite(valueName(key), after)),
    ...records.map(([key]): DiskWrite => ({ type: 'del', key })),
    { type: 'put', key: baseName, value: encodeBaseMarker(marker) },
  ])
  return marker
}

function baseWrite(key: string, after: StoredValue | undefined): DiskWrite {
  return after ? { type: 'put', key, value: encodeBase(key, after) } : { type: 'del', key }
}
