import { KnarrError } from '#lib'

/**
 * A store is where objects live: keys, bytes, revisions; nothing else. One store holds one sequence of
 * commits. A commit is atomic, gets the next revision, and is seen by readers and watchers as a
 * whole or not at all. The guarantees are etcd's, by their published names; `conformance.ts` holds
 * each implementation to them.
 */
export interface Store {
  /** How many bytes one commit may write; undefined where only the store's own server knows. */
  readonly maxRequestBytes?: number
  /** The values under a prefix in key order, as they stand now or stood at revision `at`. */
  range(query: RangeQuery): Promise<RangeResult>
  /** One value, as it stands now or stood at revision `at`. */
  get(key: Key, at?: Revision): Promise<StoredValue | undefined>
  /**
   * Applies all `writes` in one revision if every guard holds, else changes nothing.
   * Resolves when the commit is as durable as the store makes it, and readable.
   * A key may stand only once in `writes`.
   * Throws {@link RequestTooLargeError}, and changes nothing, when the writes are larger than the store takes.
   */
  commit(guards: readonly Guard[], writes: readonly Write[]): Promise<CommitResult>
  /**
   * The commits after revision `after` that touch `prefix`, oldest first, in batches of whole
   * revisions, without gap or repeat; each holds only its changes under the prefix.
   * Ends without error when `signal` aborts.
   *
   * A commit without changes is a progress marker: the watch has seen everything up to its revision.
   *
   * A watch holds no queue of its own: it reads the store's history. One that is slower than
   * compaction ends with a {@link CompactedError}, as one does that starts before it.
   * Throws {@link FutureRevisionError} when `after` lies beyond the current revision.
   */
  watch(prefix: Key, after: Revision, signal: AbortSignal): AsyncIterable<readonly Commit[]>
  /**
   * Asks every open watch of exactly this prefix for a progress marker of at least the revision
   * that is current now. Resolves when asked, not when they have answered.
   */
  requestProgress(prefix: Key): Promise<void>
  /** The revision of the newest commit that readers can see; 1 in a store without commits. */
  currentRevision(): Promise<Revision>
  /**
   * Forgets history before `at`: reads at lower revisions then throw {@link CompactedError}, as do
   * watches after lower revisions. Reads at `at` itself still work. Compacting what is compacted
   * already throws it too.
   */
  compact(at: Revision): Promise<void>
  /** Ends all watches, lets accepted commits finish, and releases what the store holds. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Ordered by UTF-16 code units, which for all keys below U+D800 is etcd's order of bytes. */
export type Key = string

/** Counts commits, from 1 for the empty store. A safe integer; never used twice. */
export type Revision = number

/**
 * A blob is the value of a key. `bytes` may be a lazy getter: a store in memory does not touch it where it can do without, and hands the same
 * Blob, by identity, to every reader and watcher; a durable one reads it while
 * it commits it, to weigh and to log it.
 */
export interface StoredBytes {
  readonly bytes: Uint8Array
  /**
   * How many characters its JSON has before they are escaped and encoded, where that is known without
   * making the bytes, of which each then takes six at most.
   */
  readonly characters?: number
}

const maxBytesOfCharacter = 6

/** About as many bytes as the value has, told without making them where that can be. */
export function weightOf(value: StoredBytes): number {
  return value.characters ?? value.bytes.length
}

/** At least as many bytes as the value has. */
export function mostBytesOf(value: StoredBytes): number {
  return value.characters === undefined
    ? value.bytes.length
    : value.characters * maxBytesOfCharacter
}

/** A stored value is what stands at a key, with the revisions that put it there. */
export interface StoredValue {
  readonly key: Key
  readonly value: StoredBytes
  /** The revision that created the key, since it was last absent. */
  readonly created: Revision
  /** The revision of the last put. */
  readonly modified: Revision
  /** Puts since creation, 1 for the first. */
  readonly version: number
  /** When the key expires, in wall milliseconds. Absent from stores that keep a lease instead. */
  readonly expiresAtMs?: number
}

/** What a commit did to one key: created (no `before`), replaced, or deleted (no `after`). */
export interface StoredChange {
  readonly key: Key
  readonly before?: StoredValue
  readonly after?: StoredValue
}

/** A commit is what one revision has changed, as a whole. */
export interface Commit {
  readonly revision: Revision
  /** In key order. */
  readonly changes: readonly StoredChange[]
}

/** Holds when the key's last put was at this very revision, or when there is no such key. */
export interface Guard {
  readonly key: Key
  readonly modified: Revision | 'absent'
}

/** A write puts a value at a key, or deletes the key. */
export type Write =
  | {
      readonly kind: 'put'
      readonly key: Key
      readonly value: StoredBytes
      /**
       * Wall time after which the store deletes the key by a commit of its own. A later put
       * replaces it, also by none. Kept to the millisecond locally; etcd rounds up to the second, or
       * to the minute when it is more than ten away.
       */
      readonly expiresAtMs?: number
    }
  | { readonly kind: 'delete'; readonly key: Key }

/** The result of a commit: what it changed, or what stood in its way. */
export type CommitResult =
  | {
      readonly ok: true
      /** The commit's own revision; when nothing changed, the one current before it. */
      readonly revision: Revision
      /**
       * What changed. Deleting an absent key changes nothing, so it is not among them; a commit
       * that changes nothing takes no revision.
       */
      readonly changes: readonly StoredChange[]
    }
  | {
      readonly ok: false
      /** What stands at the key of each guard, in the order of the guards. */
      readonly current: readonly (StoredValue | undefined)[]
    }

/** A query for the values under a prefix, or a page of them. */
export interface RangeQuery {
  /** '' for all keys. */
  readonly prefix: Key
  /** The first key to return, itself included; for the page after `key`, that is `key + '\0'`. */
  readonly from?: Key
  /** At most so many values; none or 0 for all. */
  readonly limit?: number
  /** The revision to read at; default the current one. */
  readonly at?: Revision
}

/** The values under a prefix at one revision, or a page of them. */
export interface RangeResult {
  /** The revision that was read: `at`, or the current one. */
  readonly revision: Revision
  readonly values: readonly StoredValue[]
  /** Whether the limit cut the values short. */
  readonly more: boolean
  /** How many values follow those returned. */
  readonly remaining: number
}

/** The revision asked for has been compacted away. */
export class CompactedError extends KnarrError {
  /** The oldest revision that can still be read. */
  readonly compactRevision: Revision

  constructor(compactRevision: Revision) {
    super('StoreCompacted', `required revision has been compacted (oldest: ${compactRevision})`)
    this.name = 'CompactedError'
    this.compactRevision = compactRevision
  }
}

/** The writes of a commit are larger than the store takes; the words are etcd's, as clients see them. */
export class RequestTooLargeError extends KnarrError {
  constructor() {
    super('StoreRequestTooLarge', 'etcdserver: request is too large')
    this.name = 'RequestTooLargeError'
  }
}

/** The revision asked for has not been reached. */
export class FutureRevisionError extends KnarrError {
  readonly currentRevision: Revision

  constructor(currentRevision: Revision) {
    super('StoreFutureRevision', `required revision is a future revision (now: ${currentRevision})`)
    this.name = 'FutureRevisionError'
    this.currentRevision = currentRevision
  }
}
