import assert from 'node:assert/strict'
import { CompactedError } from '../contract/store.ts'
import { blobText, collectBatches, type It, put, remove, texts } from './subject.ts'

export function compaction(it: It): void {
  it('forgets what is compacted and keeps the rest', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1'), put('gone', '1'), put('still', '1')])
    await store.commit([], [put('a', '2')])
    await store.commit([], [remove('gone')])
    await store.commit([], [put('a', '4')])
    await store.compact(start + 3)
    const isCompacted = (error: unknown) => {
      assert.ok(error instanceof CompactedError)
      assert.equal(error.compactRevision, start + 3)
      return true
    }
    await assert.rejects(store.range({ prefix: '', at: start + 2 }), CompactedError)
    await assert.rejects(store.get('a', start + 2), CompactedError)
    await assert.rejects(collectBatches(store, { prefix: '', after: start + 1 }, 1), isCompacted)
    await assert.rejects(store.compact(start + 3), CompactedError)
    const { values } = await store.range({ prefix: '', at: start + 3 })
    assert.deepEqual(
      values.map(({ key, value }) => `${key}=${blobText(value.bytes)}`),
      ['a=2', 'still=1'],
    )
    assert.deepEqual(await texts(store, ''), ['a=4', 'still=1'])
    const rest = await collectBatches(store, { prefix: '', after: start + 3 }, 1)
    assert.deepEqual(
      rest.map(({ revision }) => revision),
      [start + 4],
    )
  })
}
