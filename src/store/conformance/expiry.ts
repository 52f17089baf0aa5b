import assert from 'node:assert/strict'
import { CompactedError } from '../contract/store.ts'
import { comparableCommit } from './model.ts'
import { blobText, collectBatches, type It, put, texts, untilTrue } from './subject.ts'

export function expiry(it: It, shortestMs: number): void {
  it('deletes what expires by a commit of its own, and only that', async (subject) => {
    const { store } = subject
    const start = await store.currentRevision()
    const soon = subject.wallMs() + shortestMs
    await store.commit([], [put('e/soon', '', soon), put('e/never', '')])
    await store.commit([], [put('e/kept', '', soon), put('e/later', '', soon + 3_600_000)])
    await store.commit([], [put('e/kept', 'without expiry')])
    const keys = async () => (await store.range({ prefix: 'e/' })).values.map(({ key }) => key)
    assert.deepEqual(await keys(), ['e/kept', 'e/later', 'e/never', 'e/soon'])
    await untilTrue(subject, async () => (await keys()).length === 3)
    assert.ok(subject.wallMs() >= soon)
    assert.deepEqual(await keys(), ['e/kept', 'e/later', 'e/never'])
    const received = await collectBatches(store, { prefix: 'e/', after: start + 3 }, 1)
    assert.deepEqual(
      received.map(({ revision, changes }) => [revision, changes.map(({ key }) => key)]),
      [[start + 4, ['e/soon']]],
    )
  })

  it('keeps values, history and expiry over a restart, and goes on counting', async (subject, t) => {
    if (subject.reopen === undefined) return t.skip('nothing outlives this store')
    const start = await subject.store.currentRevision()
    await subject.store.commit([], [put('a', '1')])
    await subject.store.commit([], [put('a', '2'), put('b', '2', subject.wallMs() + shortestMs)])
    await subject.store.commit([], [put('c', '3')])
    await subject.store.compact(start + 1)
    const before = await collectBatches(subject.store, { prefix: '', after: start + 1 }, 2)
    await using again = await subject.reopen()
    const { store } = again
    assert.equal(await store.currentRevision(), start + 3)
    assert.deepEqual(await texts(store, ''), ['a=2', 'b=2', 'c=3'])
    assert.equal(blobText((await store.get('a', start + 1))?.value.bytes), '1')
    await assert.rejects(store.get('a', start), CompactedError)
    const after = await collectBatches(store, { prefix: '', after: start + 1 }, 2)
    assert.deepEqual(after.map(comparableCommit), before.map(comparableCommit))
    await untilTrue(again, async () => (await store.get('b')) === undefined)
    assert.equal(await store.currentRevision(), start + 4)
  })
}
