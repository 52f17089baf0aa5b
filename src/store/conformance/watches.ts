import assert from 'node:assert/strict'
import { type Commit, CompactedError } from '../contract/store.ts'
import { isMarker, watchViolations } from './guarantees.ts'
import { comparableCommit } from './model.ts'
import { blobText, collectBatches, type It, put, remove, untilTrue } from './subject.ts'

export function watches(it: It): void {
  it('delivers what is Ordered, Unique, Atomic and Reliable while many write', async (subject) => {
    const { store } = subject
    const start = await store.currentRevision()
    const early = collectBatches(store, { prefix: 'w/', after: start }, 120)
    const writer = async (index: number) => {
      for (let round = 0; round < 15; round++) {
        await store.commit([], [put(`w/${index}`, `${round}`), put(`w/x${index}`, `${round}`)])
        if (round % 3 === 0) await store.commit([], [put('elsewhere', `${round}`)])
      }
    }
    await Promise.all(Array.from({ length: 8 }, (_, index) => writer(index)))
    const late = collectBatches(store, { prefix: 'w/', after: start }, 120)
    const truth = await collectBatches(store, { prefix: '', after: start }, 160)
    assert.deepEqual(watchViolations(truth, { prefix: '', after: start, received: truth }), [])
    for (const received of [await early, await late]) {
      assert.equal(received.length, 120)
      assert.deepEqual(watchViolations(truth, { prefix: 'w/', after: start, received }), [])
    }
  })

  it('is Resumable from each revision, with nothing lost or repeated', async ({ store }) => {
    const start = await store.currentRevision()
    for (let round = 0; round < 6; round++) await store.commit([], [put('a', `${round}`)])
    const truth = await collectBatches(store, { prefix: '', after: start }, 6)
    for (let after = start; after < start + 6; after++) {
      const received = await collectBatches(store, { prefix: '', after }, start + 6 - after)
      assert.deepEqual(
        received.map(comparableCommit),
        truth.slice(after - start).map(comparableCommit),
      )
    }
  })

  it('is Bookmarkable: answers a request for progress where nothing happens', async (subject) => {
    const { store } = subject
    await store.commit([], [put('w/1', '')])
    const start = await store.currentRevision()
    const abort = new AbortController()
    const received: Commit[] = []
    const watch = (async () => {
      for await (const batch of store.watch('w/', start, abort.signal)) received.push(...batch)
    })()
    for (let round = 0; round < 5; round++) await store.commit([], [put('elsewhere', `${round}`)])
    const wanted = await store.currentRevision()
    await untilTrue(subject, async () => {
      await store.requestProgress('w/')
      return received.some((commit) => isMarker(commit) && commit.revision >= wanted)
    })
    await store.commit([], [put('w/2', '')])
    await untilTrue(subject, () => Promise.resolve(received.some((commit) => !isMarker(commit))))
    abort.abort()
    await watch
    const truth = await collectBatches(store, { prefix: '', after: start }, 6)
    assert.deepEqual(watchViolations(truth, { prefix: 'w/', after: start, received }), [])
  })

  it('shows nothing of what it marks progress by', async (subject) => {
    const { store } = subject
    for (const key of ['w/1', 'w/2']) await store.commit([], [put(key, '')])
    const abort = new AbortController()
    const received: Commit[] = []
    const watch = (async () => {
      const start = await store.currentRevision()
      for await (const batch of store.watch('w/', start, abort.signal)) received.push(...batch)
    })()
    await untilTrue(subject, async () => {
      await store.requestProgress('w/')
      return received.some(isMarker)
    })
    abort.abort()
    await watch
    assert.deepEqual(
      received.filter((commit) => !isMarker(commit)),
      [],
    )
    for (const prefix of ['w/', '']) {
      const all = await store.range({ prefix })
      assert.deepEqual(
        all.values.map(({ key }) => key),
        ['w/1', 'w/2'],
      )
    }
    const { values, more, remaining } = await store.range({ prefix: 'w/', limit: 1 })
    assert.deepEqual([values.map(({ key }) => key), more, remaining], [['w/1'], true, 1])
  })

  it('shows each change with the value before it', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1')])
    await store.commit([], [put('a', '2')])
    await store.commit([], [remove('a')])
    const received = await collectBatches(store, { prefix: 'a', after: start }, 3)
    const sides = received.flatMap(({ changes }) =>
      changes.map(({ before, after }) => [
        blobText(before?.value.bytes),
        blobText(after?.value.bytes),
      ]),
    )
    assert.deepEqual(sides, [
      ['', '1'],
      ['1', '2'],
      ['2', ''],
    ])
  })

  it('ends without error when the signal aborts, at once or while waiting', async ({ store }) => {
    const after = await store.currentRevision()
    const batches = async (signal: AbortSignal) => Array.fromAsync(store.watch('', after, signal))
    assert.deepEqual(await batches(AbortSignal.abort()), [])
    const abort = new AbortController()
    const waiting = batches(abort.signal)
    await store.currentRevision()
    abort.abort()
    assert.deepEqual(await waiting, [])
  })

  it('ends its watches when it closes, and answers nothing more', async ({ store }) => {
    const after = await store.currentRevision()
    const watch = collectBatches(store, { prefix: '', after }, 1)
    const ended = assert.rejects(watch, { code: 'StoreClosed' })
    await store.currentRevision()
    await store[Symbol.asyncDispose]()
    await ended
    await assert.rejects(store.range({ prefix: '' }), { code: 'StoreClosed' })
    await assert.rejects(store.commit([], [put('a', '')]), { code: 'StoreClosed' })
  })

  it('gives a watcher that compaction overtakes everything or an error', async ({ store }) => {
    const start = await store.currentRevision()
    const abort = new AbortController()
    const watch = store.watch('', start, abort.signal)[Symbol.asyncIterator]()
    await store.commit([], [put('a', '0')])
    const received: Commit[] = [...((await watch.next()).value ?? [])]
    for (let round = 1; round <= 40; round++) await store.commit([], [put('a', `${round}`)])
    await store.compact(start + 41)
    try {
      while (received.length < 41) received.push(...((await watch.next()).value ?? []))
    } catch (error) {
      assert.ok(error instanceof CompactedError, String(error))
    }
    assert.deepEqual(
      received.map(({ revision }) => revision),
      received.map((_, at) => start + 1 + at),
    )
    abort.abort()
    await watch.return?.()
  })
}
