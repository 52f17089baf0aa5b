import { type Clock, KnarrError } from '#lib'
import {
  type Commit,
  type CommitResult,
  type Guard,
  mostBytesOf,
  RequestTooLargeError,
  type Revision,
  type Store,
  type StoredBytes,
  type Write,
} from '../contract/store.ts'
import { createExpiry } from './expiry.ts'
import { createHead } from './head.ts'
import type { Mvcc } from './mvcc.ts'
import { createRetention, type RetentionPolicy } from './retention.ts'
import { stage } from './stage.ts'

/** Where a local store's commits go to outlive it. */
export interface CommitJournal {
  /** Throws when so much waits for the disk that no more is taken. */
  assertAccepting(): void
  /**
   * Writes a commit down; resolves when it is on disk, in the order of the calls.
   * After one rejection all later ones reject too: what is on disk is then uncertain.
   */
  append(commit: Commit): Promise<void>
  /** Drops history up to `at`, all of which is on disk. Runs in the background of appends. */
  compact(at: Revision): Promise<void>
  close(): Promise<void>
}

export interface LocalStoreOptions {
  readonly clock: Clock
  readonly retention: RetentionPolicy
  /** None: commits are readable at once, and nothing outlives the process. */
  readonly journal?: CommitJournal
  /** How many bytes of keys and values one commit may write; default 1.5 MiB, as etcd's. */
  readonly maxRequestBytes?: number | undefined
}

/** A store whose readable state is an {@link Mvcc} in this process. */
export function createLocalStore(mvcc: Mvcc, options: LocalStoreOptions): Store {
  const writer = createWriter(mvcc, options)
  return {
    maxRequestBytes: options.maxRequestBytes ?? defaultMaxRequestBytes,
    async range(query) {
      writer.assertOpen()
      return mvcc.range(query)
    },
    async get(key, at) {
      writer.assertOpen()
      return mvcc.get(key, at)
    },
    commit: writer.commit,
    watch: (prefix, after, signal) => mvcc.watch(prefix, after, signal),
    async requestProgress(prefix) {
      writer.assertOpen()
      mvcc.requestProgress(prefix)
    },
    async currentRevision() {
      writer.assertOpen()
      return mvcc.revision
    },
    async compact(at) {
      writer.assertOpen()
      await writer.compact(at)
    },
    [Symbol.asyncDispose]: writer.close,
  }
}

interface Writer {
  assertOpen(): void
  commit(guards: readonly Guard[], writes: readonly Write[]): Promise<CommitResult>
  compact(at: Revision): Promise<void>
  close(): Promise<void>
}

function createWriter(
  mvcc: Mvcc,
  {
    clock,
    journal,
    retention: policy,
    maxRequestBytes = defaultMaxRequestBytes,
  }: LocalStoreOptions,
): Writer {
  const head = createHead(mvcc)
  const retention = createRetention(clock, policy)
  let confirmed: Promise<void> = Promise.resolve()
  let compaction: Promise<void> = Promise.resolve()
  let closing: Promise<void> | undefined
  let ended: Error | undefined

  const end = (error: Error) => {
    ended ??= error
    expiry[Symbol.dispose]()
    mvcc.end(ended)
  }
  const assertOpen = () => {
    if (ended) throw ended
  }
  const compact = (at: Revision) => {
    mvcc.compact(at)
    if (journal === undefined) return compaction
    compaction = compaction.then(() => journal.compact(at))
    compaction.catch(end)
    return compaction
  }
  const publish = (commit: Commit) => {
    mvcc.publish(commit)
    head.confirm(commit)
    for (const { after } of commit.changes) if (after) expiry.add(after)
    const target = retention.afterCommit(commit, mvcc.compactRevision)
    if (target !== undefined) void compact(target)
  }
  const append = (commit: Commit) => {
    head.add(commit)
    if (journal === undefined) return publish(commit)
    confirmed = journal.append(commit).then(() => publish(commit))
    confirmed.catch(end)
  }
  const decide = async (
    guards: readonly Guard[],
    writes: readonly Write[],
    { canBeRefused }: { readonly canBeRefused: boolean },
  ): Promise<CommitResult> => {
    if (canBeRefused) {
      journal?.assertAccepting()
      assertSize(writes, maxRequestBytes)
    }
    assertOpen()
    const staged = stage({ guards, writes, revision: head.revision + 1 }, head.lookup)
    if (staged.kind === 'commit') append(staged.commit)
    const { revision } = head
    // Even a conflict waits: it may tell of a value that is not yet certain to stay.
    if (journal) await confirmed
    if (staged.kind === 'conflict') return { ok: false, current: staged.current }
    return { ok: true, revision, changes: staged.kind === 'commit' ? staged.commit.changes : [] }
  }
  const shut = async () => {
    end(new KnarrError('StoreClosed', 'the store has been closed'))
    await confirmed.catch(() => {})
    await compaction.catch(() => {})
    await journal?.close()
  }
  const expiry = createExpiry(clock, (due) => {
    const keys = due.filter(({ key, modified }) => head.lookup(key)?.modified === modified)
    // There is no caller to tell; and what makes it fail has ended the store already.
    decide([], keys.map(deletion), { canBeRefused: false }).catch(end)
  })
  for (const value of mvcc.range({ prefix: '' }).values) expiry.add(value)

  return {
    assertOpen,
    commit: (guards, writes) => decide(guards, writes, { canBeRefused: true }),
    compact,
    close() {
      closing ??= shut()
      return closing
    },
  }
}

const defaultMaxRequestBytes = 1.5 * 1024 * 1024

/** No value is encoded for this which cannot be too large. */
function assertSize(writes: readonly Write[], maxRequestBytes: number): void {
  if (sizeOf(writes, mostBytesOf) <= maxRequestBytes) return
  if (sizeOf(writes, ({ bytes }) => bytes.length) > maxRequestBytes) {
    throw new RequestTooLargeError()
  }
}

function sizeOf(writes: readonly Write[], of: (value: StoredBytes) => number): number {
  let size = 0
  for (const write of writes) {
    size += write.key.length + (write.kind === 'put' ? of(write.value) : 0)
  }
  return size
}

function deletion({ key }: { readonly key: string }): Write {
  return { kind: 'delete', key }
}
