import { status } from '@grpc/grpc-js'
import { type Clock, KnarrError, messageOf, type Random } from '#lib'
import {
  type CommitResult,
  CompactedError,
  FutureRevisionError,
  type Guard,
  RequestTooLargeError,
  type Revision,
  type Store,
  type StoredChange,
  type Write,
} from '../contract/store.ts'
import { assertWritable, byKey, changeFrom, valueAfterPut } from '../mvcc/stage.ts'
import {
  connectEtcd,
  type EtcdConnection,
  type EtcdEndpoints,
  etcdStatusOf,
  unavailable,
} from './connection.ts'
import { createKeys, isSentinel, type Keys } from './keys.ts'
import { createLeases, type Leases } from './leases.ts'
import type { RequestOp, ResponseOp, TxnResponse } from './messages.ts'
import { createProgressRequests } from './progress.ts'
import { createEtcdWatches } from './watch.ts'

/** These options say where an etcd is, and under what its keys stand. */
export interface EtcdStoreOptions extends EtcdEndpoints {
  readonly clock: Clock
  readonly random: Random
  /** What all keys in etcd begin with; default `/registry/`, as the API server's do. */
  readonly root?: string
}

/**
 * A store in an etcd cluster, which several servers may share. Reads are linearizable. Its limits
 * are etcd's: by default 128 writes in a commit and 1.5 MiB in a request. History is kept until
 * someone compacts it; `before` is missing from watched changes once its revision is compacted.
 *
 * Errors: `StoreUnavailable` when no member answers. A commit that ends so may have taken place.
 */
export function createEtcdStore(options: EtcdStoreOptions): Store {
  const { clock, endpoints } = options
  const keys = createKeys(options.root ?? '/registry/')
  const connection = connectEtcd(options, clock)
  const leases = createLeases(clock, options.random.fork('etcd-leases'), (ID, TTL) =>
    connection.write('LeaseGrant', { ID, TTL }),
  )
  const watches = createEtcdWatches({
    keys,
    call: connection.watch,
    progress: createProgressRequests(connection, keys),
    unavailable: (cause) => unavailable(endpoints, cause),
  })
  let ended: Error | undefined

  /** All calls but watches: refuses when closed, and gives etcd's errors their names here. */
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    if (ended) throw ended
    try {
      return await question()
    } catch (error) {
      throw await explain(error, connection, keys)
    }
  }

  return {
    range: ({ prefix, from, limit = 0, at = 0 }) =>
      ask(async () => {
        // One more than is wanted, in the place of a sentinel that may stand there.
        const request = { ...keys.range(prefix, from), limit: limit && limit + 1, revision: at }
        // A page may begin behind everything under the prefix; etcd takes that for an empty range.
        const { header, kvs, count } = await connection.read('Range', request)
        const found = kvs.map(keys.value).filter(({ key }) => !isSentinel(key))
        const values = limit > 0 ? found.slice(0, limit) : found
        const remaining = count - kvs.length + found.length - values.length
        return { revision: at || header.revision, values, more: remaining > 0, remaining }
      }),
    get: (key, at = 0) =>
      ask(async () => {
        const request = { key: keys.encode(key), revision: at }
        const { kvs } = await connection.read('Range', request)
        return kvs[0] && keys.value(kvs[0])
      }),
    commit: (guards, writes) =>
      ask(async () => {
        assertWritable(writes)
        const request = {
          compare: guards.map((guard) => toCompare(guard, keys)),
          success: await Promise.all(writes.map((write) => toRequest(write, keys, leases))),
          failure: guards.map(({ key }): RequestOp => ({ range: { key: keys.encode(key) } })),
        }
        return toResult(await connection.write('Txn', request), writes, keys)
      }),
    watch: watches.watch,
    requestProgress: (prefix) => ask(() => watches.requestProgress(prefix)),
    currentRevision: () => ask(() => currentRevision(connection, keys)),
    compact: (at) =>
      ask(async () => void (await connection.write('Compact', { revision: at, physical: true }))),
    async [Symbol.asyncDispose]() {
      ended ??= new KnarrError('StoreClosed', 'the store has been closed')
      watches.end(ended)
      connection.close()
    },
  }
}

async function currentRevision(connection: EtcdConnection, keys: Keys): Promise<Revision> {
  const request = { key: keys.encode(''), countOnly: true }
  return (await connection.read('Range', request)).header.revision
}

const equal = 0
const modRevision = 2

function toCompare({ key, modified }: Guard, keys: Keys) {
  return {
    result: equal,
    target: modRevision,
    key: keys.encode(key),
    modRevision: modified === 'absent' ? 0 : modified,
  }
}

async function toRequest(write: Write, keys: Keys, leases: Leases): Promise<RequestOp> {
  const key = keys.encode(write.key)
  if (write.kind === 'delete') return { delete: { key, prevKv: true } }
  const lease = write.expiresAtMs === undefined ? 0 : await leases.at(write.expiresAtMs)
  return { put: { key, value: write.value.bytes, lease, prevKv: true } }
}

function toResult(response: TxnResponse, writes: readonly Write[], keys: Keys): CommitResult {
  const { succeeded, responses, header } = response
  if (!succeeded) {
    const current = responses.map(({ range }) => range?.kvs[0] && keys.value(range.kvs[0]))
    return { ok: false, current }
  }
  const changes = writes
    .map((write, at) =>
      toChange(write, { response: responses[at], revision: header.revision, keys }),
    )
    .filter((change) => change !== undefined)
    .toSorted(byKey)
  return { ok: true, revision: header.revision, changes }
}

interface Answer {
  readonly response: ResponseOp | undefined
  readonly revision: Revision
  readonly keys: Keys
}

function toChange(write: Write, { response, revision, keys }: Answer): StoredChange | undefined {
  const previous = response?.put?.prevKv ?? response?.delete?.prevKvs[0]
  const before = previous ? keys.value(previous) : undefined
  if (write.kind === 'put') {
    return changeFrom(before, valueAfterPut(write, before, revision), write.key)
  }
  return before && changeFrom(before, undefined, write.key)
}

/** etcd says that a revision is out of reach, but not which ones are within. */
async function explain(error: unknown, connection: EtcdConnection, keys: Keys): Promise<unknown> {
  if (etcdStatusOf(error) === status.INVALID_ARGUMENT && /too large/.test(messageOf(error))) {
    return new RequestTooLargeError()
  }
  if (etcdStatusOf(error) !== status.OUT_OF_RANGE || !(error instanceof Error)) return error
  if (/future revision/.test(error.message)) {
    return new FutureRevisionError(await currentRevision(connection, keys))
  }
  if (/compacted/.test(error.message))
    return new CompactedError(await compactRevision(connection, keys))
  return error
}

/** A watch from the beginning is refused with the revision to which etcd has compacted. */
async function compactRevision(connection: EtcdConnection, keys: Keys): Promise<Revision> {
  const call = connection.watch()
  call.on('error', () => {})
  call.write({
    create: { key: keys.encode(''), startRevision: 1, prevKv: false, fragment: false },
  })
  try {
    for await (const response of call) if (response.canceled) return response.compactRevision
    return 1
  } finally {
    call.cancel()
  }
}
