import { type ServiceError, status } from '@grpc/grpc-js'
import { KnarrError } from '#lib'
import {
  type Commit,
  CompactedError,
  FutureRevisionError,
  type Key,
  type Revision,
  type StoredChange,
} from '../contract/store.ts'
import { byKey, changeFrom } from '../mvcc/stage.ts'
import { etcdStatusOf, isUnavailable, type WatchCall } from './connection.ts'
import { isSentinel, type Keys } from './keys.ts'
import type { WatchedEvent, WatchResponse } from './messages.ts'
import type { ProgressRequests } from './progress.ts'

/**
 * The watches of one store, each a call of its own: progress is reported for a whole call, and the
 * transport's flow control then holds back the sender of a watch that is not read.
 */
export interface EtcdWatches {
  watch(prefix: Key, after: Revision, signal: AbortSignal): AsyncIterable<readonly Commit[]>
  requestProgress(prefix: Key): Promise<void>
  /** Ends all watches, and future ones, with `error`. */
  end(error: Error): void
}

interface OpenWatch {
  readonly prefix: Key
  readonly call: WatchCall
  /** etcd heeds a request for progress only once the watch is created. */
  created: boolean
  progressWanted: boolean
}

export interface EtcdWatchOptions {
  readonly keys: Keys
  readonly call: () => WatchCall
  readonly progress: ProgressRequests
  readonly unavailable: (cause: ServiceError) => Error
}

export function createEtcdWatches(options: EtcdWatchOptions): EtcdWatches {
  const { keys, call, progress, unavailable } = options
  const open = new Set<OpenWatch>()
  let ended: Error | undefined

  const explain = (error: unknown) => {
    if (ended) return ended
    return isUnavailable(error) ? unavailable(error) : error
  }

  async function* watch(prefix: Key, after: Revision, signal: AbortSignal) {
    if (signal.aborted) return
    if (ended) throw ended
    const own: OpenWatch = { prefix, call: call(), created: false, progressWanted: false }
    const cancel = () => own.call.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    open.add(own)
    try {
      const create = {
        ...keys.range(prefix),
        startRevision: after + 1,
        prevKv: true,
        fragment: true,
      }
      own.call.write({ create })
      yield* commitsOf(own, after, { keys, progress })
      if (!signal.aborted) throw new KnarrError('StoreUnavailable', 'etcd ended a watch')
    } catch (error) {
      if (signal.aborted && etcdStatusOf(error) === status.CANCELLED) return
      throw explain(error)
    } finally {
      open.delete(own)
      signal.removeEventListener('abort', cancel)
      // A stream that is cancelled reports it; nobody listens any more.
      own.call.on('error', () => {})
      own.call.cancel()
    }
  }

  return {
    watch,
    async requestProgress(prefix) {
      for (const own of open) {
        if (own.prefix !== prefix) continue
        if (own.created) await progress.ask(own)
        else own.progressWanted = true
      }
    },
    end(error) {
      ended ??= error
      for (const { call } of open) call.cancel()
    },
  }
}

async function* commitsOf(
  own: OpenWatch,
  after: Revision,
  { keys, progress }: Pick<EtcdWatchOptions, 'keys' | 'progress'>,
) {
  let events: WatchedEvent[] = []
  for await (const response of own.call as AsyncIterable<WatchResponse>) {
    assertAlive(response)
    if (response.created) {
      if (response.header.revision < after) throw new FutureRevisionError(response.header.revision)
      own.created = true
      if (own.progressWanted) await progress.ask(own)
      continue
    }
    events.push(...response.events)
    // Only whole revisions are handed on.
    if (response.fragment) continue
    yield events.length > 0 ? toCommits(events, keys) : [marker(response.header.revision)]
    events = []
  }
}

function assertAlive({ canceled, compactRevision, cancelReason }: WatchResponse): void {
  if (compactRevision > 0) throw new CompactedError(compactRevision)
  if (canceled) throw new KnarrError('StoreUnavailable', `etcd cancelled a watch: ${cancelReason}`)
}

function marker(revision: Revision): Commit {
  return Object.freeze({ revision, changes: Object.freeze([]) })
}

function toCommits(events: readonly WatchedEvent[], keys: Keys): readonly Commit[] {
  const changes = Map.groupBy(events, ({ kv }) => kv.modRevision)
  return [...changes].map(([revision, group]) => {
    // A commit without changes is what a marker is.
    const changes = group.map((event) => toChange(event, keys))
    const ordered = changes.filter(({ key }) => !isSentinel(key)).toSorted(byKey)
    return Object.freeze({ revision, changes: Object.freeze(ordered) })
  })
}

function toChange({ type, kv, prevKv }: WatchedEvent, keys: Keys): StoredChange {
  const before = prevKv ? keys.value(prevKv) : undefined
  return changeFrom(before, type === 0 ? keys.value(kv) : undefined, keys.decode(kv.key))
}
