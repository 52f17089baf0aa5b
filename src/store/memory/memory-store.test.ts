import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createVirtualClock } from '#lib'
import { storeConformance } from '../conformance.ts'
import { CompactedError, type StoredBytes } from '../contract/store.ts'
import { defaultRetention } from '../mvcc/retention.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'

/** What etcd takes, which a store in memory takes unless it is told otherwise. */
const maxRequestBytes = 1.5 * 1024 * 1024

storeConformance(
  'memory',
  async () => {
    const clock = createVirtualClock()
    const store = createMemoryStore({ clock })
    return {
      store,
      wallMs: clock.wallMs,
      pass: clock.advance,
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    }
  },
  { maxRequestBytes },
)

const untouchable: StoredBytes = {
  get bytes(): Uint8Array {
    throw new Error('a store in memory has no need of bytes')
  },
  characters: 10,
}

describe('memory store by itself', () => {
  test('hands on the very blob it was given, unread', async () => {
    await using store = createMemoryStore({ clock: createVirtualClock() })
    await store.commit([], [{ kind: 'put', key: 'a', value: untouchable }])
    assert.equal((await store.get('a'))?.value, untouchable)
    assert.equal((await store.range({ prefix: '' })).values[0]?.value, untouchable)
    for await (const [commit] of store.watch('', 1, new AbortController().signal)) {
      assert.equal(commit?.changes[0]?.after?.value, untouchable)
      break
    }
  })

  test('shows a commit to readers and watchers without any timer', async () => {
    const clock = createVirtualClock()
    await using store = createMemoryStore({ clock })
    const watch = store.watch('', 1, new AbortController().signal)[Symbol.asyncIterator]()
    const next = watch.next()
    await store.commit([], [{ kind: 'put', key: 'a', value: untouchable }])
    assert.equal((await next).value?.[0]?.revision, 2)
    assert.equal(clock.pendingTimers, 0)
  })

  test('starts at revision 1, or at that of a snapshot with its values and expiry', async () => {
    const clock = createVirtualClock()
    await using original = createMemoryStore({ clock })
    assert.equal(await original.currentRevision(), 1)
    const expiresAtMs = clock.wallMs() + 1000
    await original.commit([], [{ kind: 'put', key: 'a', value: untouchable }])
    await original.commit([], [{ kind: 'put', key: 'b', value: untouchable, expiresAtMs }])
    const snapshot = original.snapshot()
    await original.commit([], [{ kind: 'delete', key: 'a' }])
    await using fork = createMemoryStore({ clock, snapshot })
    assert.equal(await fork.currentRevision(), 3)
    assert.equal((await fork.get('a'))?.value, untouchable)
    await assert.rejects(fork.get('a', 2), CompactedError)
    await clock.advance(1000)
    assert.equal(await fork.get('b'), undefined)
    assert.equal(await fork.currentRevision(), 4)
  })

  test('expires keys that are due together in one commit, in key order', async () => {
    const clock = createVirtualClock()
    await using store = createMemoryStore({ clock })
    const expiresAtMs = clock.wallMs() + 50
    for (const key of ['b', 'c', 'a']) {
      await store.commit([], [{ kind: 'put', key, value: untouchable, expiresAtMs }])
    }
    await clock.advance(49)
    assert.equal(await store.currentRevision(), 4)
    await clock.advance(1)
    for await (const [commit] of store.watch('', 4, new AbortController().signal)) {
      assert.deepEqual(
        commit?.changes.map(({ key }) => key),
        ['a', 'b', 'c'],
      )
      break
    }
  })

  test('keeps history for the time and the number of revisions it was told to', async () => {
    const clock = createVirtualClock()
    await using store = createMemoryStore({
      clock,
      retention: { ...defaultRetention, keepMs: 1000, revisions: 40 },
    })
    await write(store, 10)
    await clock.advance(999)
    await write(store, 1)
    assert.ok(await store.range({ prefix: '', at: 2 }))
    await clock.advance(1000)
    await write(store, 1)
    await assert.rejects(store.range({ prefix: '', at: 10 }), CompactedError)
    assert.ok(await store.range({ prefix: '', at: 12 }))
    await write(store, 100)
    const now = await store.currentRevision()
    await assert.rejects(store.range({ prefix: '', at: now - 51 }), CompactedError)
    assert.ok(await store.range({ prefix: '', at: now - 40 }))
  })

  test('keeps an idle watch alive however much is compacted', async () => {
    const clock = createVirtualClock()
    await using store = createMemoryStore({
      clock,
      retention: { ...defaultRetention, keepMs: 1000, revisions: 10 },
    })
    const watch = store.watch('idle/', 1, new AbortController().signal)[Symbol.asyncIterator]()
    const next = watch.next()
    await write(store, 100)
    await store.commit([], [{ kind: 'put', key: 'idle/1', value: untouchable }])
    assert.equal((await next).value?.[0]?.revision, 102)
  })
})

async function write(store: MemoryStore, times: number): Promise<void> {
  for (let at = 0; at < times; at++) {
    await store.commit([], [{ kind: 'put', key: 'k', value: untouchable }])
  }
}
