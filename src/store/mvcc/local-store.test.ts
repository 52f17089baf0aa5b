import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createVirtualClock } from '#lib'
import type { Commit, Store, Write } from '../contract/store.ts'
import { type CommitJournal, createLocalStore } from './local-store.ts'
import { createMvcc, emptySnapshot } from './mvcc.ts'
import { defaultRetention } from './retention.ts'

interface PendingAppend {
  readonly commit: Commit
  readonly confirm: () => void
  readonly fail: (error: Error) => void
}

/** A journal whose disk is the test. */
function manualJournal() {
  const pending: PendingAppend[] = []
  const journal: CommitJournal = {
    assertAccepting: () => {},
    append: (commit) =>
      new Promise((resolve, reject) => pending.push({ commit, confirm: resolve, fail: reject })),
    compact: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  const store = createLocalStore(createMvcc(emptySnapshot), {
    clock: createVirtualClock(),
    retention: defaultRetention,
    journal,
  })
  return { store, pending }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))
const put = (key: string): Write => ({ kind: 'put', key, value: { bytes: new Uint8Array() } })

async function seen(store: Store): Promise<readonly [number, readonly string[]]> {
  const { revision, values } = await store.range({ prefix: '' })
  return [revision, values.map(({ key }) => key)]
}

/** What promises have come to by now, without waiting for them. */
function outcomes(...promises: Promise<unknown>[]): Promise<readonly string[]> {
  return Promise.all(promises.map(outcome))
}

async function outcome(promise: Promise<unknown>): Promise<string> {
  let state = 'open'
  promise.then(
    () => {
      state = 'resolved'
    },
    (error: Error) => {
      state = error.message
    },
  )
  await settle()
  return state
}

describe('local store over a journal', () => {
  test('shows a commit to nobody before it is on disk', async () => {
    const { store, pending } = manualJournal()
    const watch = store.watch('', 1, new AbortController().signal)[Symbol.asyncIterator]().next()
    const commit = store.commit([], [put('a')])
    assert.deepEqual(await outcomes(commit, watch), ['open', 'open'])
    assert.deepEqual(await seen(store), [1, []])
    assert.equal(await store.currentRevision(), 1)
    pending[0]?.confirm()
    assert.deepEqual(await outcomes(commit, watch), ['resolved', 'resolved'])
    assert.deepEqual(await seen(store), [2, ['a']])
  })

  test('decides later commits on what is not on disk yet, and tells only afterwards', async () => {
    const { store, pending } = manualJournal()
    const first = store.commit([], [put('a')])
    const conflict = store.commit([{ key: 'a', modified: 'absent' }], [put('b')])
    const second = store.commit([{ key: 'a', modified: 2 }], [{ kind: 'delete', key: 'a' }])
    const nothing = store.commit([], [{ kind: 'delete', key: 'a' }])
    assert.equal(await outcome(Promise.race([first, conflict, second, nothing])), 'open')
    pending[0]?.confirm()
    assert.deepEqual(await outcomes(conflict, nothing), ['resolved', 'open'])
    pending[1]?.confirm()
    assert.equal((await second).ok, true)
    assert.deepEqual(await nothing, { ok: true, revision: 3, changes: [] })
    assert.deepEqual(await seen(store), [3, []])
  })

  test('ends when the disk fails: nothing unconfirmed is ever seen, nothing more is taken', async () => {
    const { store, pending } = manualJournal()
    const watch = store.watch('', 1, new AbortController().signal)[Symbol.asyncIterator]().next()
    const commit = store.commit([], [put('a')])
    pending[0]?.fail(new Error('EIO'))
    assert.deepEqual(await outcomes(commit, watch), ['EIO', 'EIO'])
    assert.equal(await outcome(store.commit([], [put('b')])), 'EIO')
    assert.equal(await outcome(store.range({ prefix: '' })), 'EIO')
    assert.equal(pending.length, 1)
  })

  test('lets accepted commits finish when it closes', async () => {
    const { store, pending } = manualJournal()
    const commit = store.commit([], [put('a')])
    const closing = store[Symbol.asyncDispose]()
    assert.equal(await outcome(Promise.resolve(closing)), 'open')
    pending[0]?.confirm()
    assert.deepEqual(await outcomes(commit, Promise.resolve(closing)), ['resolved', 'resolved'])
  })
})
