import assert from 'node:assert/strict'
import { FutureRevisionError, type Key, type Revision } from '../contract/store.ts'
import { blobText, collectBatches, type It, put, remove, texts } from './subject.ts'

export function reads(it: It): void {
  it('reads exactly the keys under a prefix, in order', async ({ store }) => {
    for (const key of ['b/2', 'a', 'b', 'b/1', 'b0', 'b/10', 'c']) {
      await store.commit([], [put(key, '')])
    }
    const keys = async (prefix: Key) => (await store.range({ prefix })).values.map(({ key }) => key)
    assert.deepEqual(await keys('b/'), ['b/1', 'b/10', 'b/2'])
    assert.deepEqual(await keys('b'), ['b', 'b/1', 'b/10', 'b/2', 'b0'])
    assert.deepEqual(await keys(''), ['a', 'b', 'b/1', 'b/10', 'b/2', 'b0', 'c'])
    assert.deepEqual(await keys('d'), [])
  })

  it('reads page by page at one revision, whatever is written meanwhile', async ({ store }) => {
    for (const key of ['p/1', 'p/2', 'p/3', 'p/4', 'p/5', 'q']) {
      await store.commit([], [put(key, 'old')])
    }
    const first = await store.range({ prefix: 'p/', limit: 2 })
    assert.deepEqual([first.more, first.remaining], [true, 3])
    await store.commit([], [remove('p/1'), remove('p/3'), put('p/4', 'new'), put('p/35', 'new')])
    const at = first.revision
    const second = await store.range({ prefix: 'p/', from: 'p/2\0', limit: 2, at })
    const third = await store.range({ prefix: 'p/', from: 'p/4\0', limit: 2, at })
    assert.deepEqual([second.more, second.remaining, second.revision], [true, 1, at])
    assert.deepEqual([third.more, third.remaining], [false, 0])
    const keys = [first, second, third].flatMap(({ values }) => values.map(({ key }) => key))
    assert.deepEqual(keys, ['p/1', 'p/2', 'p/3', 'p/4', 'p/5'])
    assert.deepEqual(await texts(store, 'p/'), ['p/2=old', 'p/35=new', 'p/4=new', 'p/5=old'])
  })

  it('reads a key as it stood at a revision', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1')])
    await store.commit([], [remove('a')])
    await store.commit([], [put('a', '3')])
    const at = async (revision: Revision) => blobText((await store.get('a', revision))?.value.bytes)
    assert.deepEqual(
      [await at(start), await at(start + 1), await at(start + 2), await at(start + 3)],
      ['', '1', '', '3'],
    )
  })

  it('refuses to read or watch the future', async ({ store }) => {
    const next = (await store.currentRevision()) + 1
    await assert.rejects(store.range({ prefix: '', at: next }), FutureRevisionError)
    await assert.rejects(store.get('a', next), FutureRevisionError)
    await assert.rejects(collectBatches(store, { prefix: '', after: next }, 1), FutureRevisionError)
    await assert.rejects(store.compact(next), FutureRevisionError)
  })
}
