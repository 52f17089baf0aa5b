import assert from 'node:assert/strict'
import type { Guard } from '../contract/store.ts'
import { comparable, comparableResult } from './model.ts'
import { blobText, type It, put, remove, texts } from './subject.ts'

export function sizes(it: It, maxRequestBytes: number): void {
  it('refuses a commit larger than it takes, and changes nothing', async ({ store }) => {
    const small = await store.commit([], [put('small', 'x'.repeat(maxRequestBytes - 10_000))])
    assert.ok(small.ok)
    await assert.rejects(
      store.commit([], [put('a', '1'), put('large', 'x'.repeat(maxRequestBytes))]),
      { name: 'RequestTooLargeError', message: 'etcdserver: request is too large' },
    )
    assert.equal(await store.currentRevision(), small.revision)
    assert.equal(await store.get('a'), undefined)
    assert.ok((await store.commit([], [put('a', '2')])).ok)
  })
}

export function commits(it: It): void {
  it('gives each commit the next revision', async ({ store }) => {
    const start = await store.currentRevision()
    for (const next of [1, 2, 3]) {
      const result = await store.commit([], [put('a', `${next}`)])
      assert.equal(result.ok && result.revision, start + next)
      assert.equal(await store.currentRevision(), start + next)
    }
  })

  it('counts versions from the creation of a key, anew after its deletion', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1')])
    await store.commit([], [put('a', '2')])
    const second = { key: 'a', created: start + 1, modified: start + 2, version: 2, text: '2' }
    assert.deepEqual(comparable(await store.get('a')), second)
    await store.commit([], [remove('a')])
    assert.equal(await store.get('a'), undefined)
    await store.commit([], [put('a', '3')])
    const third = { key: 'a', created: start + 4, modified: start + 4, version: 1, text: '3' }
    assert.deepEqual(comparable(await store.get('a')), third)
  })

  it('tells what a commit changed', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('b', '1'), put('c', '1')])
    const result = await store.commit([], [remove('c'), put('b', '2'), put('a', '2')])
    const before = { created: start + 1, modified: start + 1, version: 1, text: '1' }
    assert.deepEqual(comparableResult(result), {
      ok: true,
      revision: start + 2,
      changes: [
        {
          key: 'a',
          before: undefined,
          after: { key: 'a', created: start + 2, modified: start + 2, version: 1, text: '2' },
        },
        {
          key: 'b',
          before: { key: 'b', ...before },
          after: { key: 'b', created: start + 1, modified: start + 2, version: 2, text: '2' },
        },
        { key: 'c', before: { key: 'c', ...before }, after: undefined },
      ],
    })
  })

  it('takes no revision for a commit that changes nothing, and says so', async ({ store }) => {
    const start = await store.currentRevision()
    const nothing = { ok: true, revision: start, changes: [] }
    assert.deepEqual(await store.commit([], [remove('absent')]), nothing)
    assert.deepEqual(await store.commit([], []), nothing)
    assert.equal(await store.currentRevision(), start)
  })

  it('changes nothing when a guard fails, and shows what stands there', async ({ store }) => {
    const start = await store.currentRevision()
    await store.commit([], [put('a', '1'), put('b', '1')])
    const stale: readonly Guard[][] = [
      [{ key: 'a', modified: 'absent' }],
      [{ key: 'a', modified: start }],
      [{ key: 'none', modified: start + 1 }],
      [
        { key: 'b', modified: start + 1 },
        { key: 'a', modified: start + 7 },
        { key: 'none', modified: 'absent' },
      ],
    ]
    for (const guards of stale) {
      const result = await store.commit(guards, [put('a', '2'), put('c', '2'), remove('b')])
      assert.ok(!result.ok)
      assert.deepEqual(
        result.current.map((value) => value?.key),
        guards.map(({ key }) => (key === 'none' ? undefined : key)),
      )
    }
    assert.deepEqual(await texts(store, ''), ['a=1', 'b=1'])
    assert.equal(await store.currentRevision(), start + 1)
  })

  it('commits when all guards hold', async ({ store }) => {
    const start = await store.currentRevision()
    const absent = [{ key: 'a', modified: 'absent' }] as const
    assert.ok((await store.commit(absent, [put('a', '1')])).ok)
    const guards = [
      { key: 'a', modified: start + 1 },
      { key: 'b', modified: 'absent' },
    ] as const
    assert.ok((await store.commit(guards, [remove('a'), put('b', '2')])).ok)
    assert.deepEqual(await texts(store, ''), ['b=2'])
  })

  it('lets exactly one of many writers with the same guard win', async ({ store }) => {
    await store.commit([], [put('counter', '0')])
    const increment = async () => {
      for (;;) {
        const now = await store.get('counter')
        assert.ok(now)
        const next = `${Number(blobText(now.value.bytes)) + 1}`
        const guard = { key: 'counter', modified: now.modified }
        if ((await store.commit([guard], [put('counter', next)])).ok) return
      }
    }
    await Promise.all(Array.from({ length: 16 }, increment))
    assert.deepEqual(await texts(store, 'counter'), ['counter=16'])
  })

  it('refuses one key twice in a commit, and keys without a UTF-8 form', async ({ store }) => {
    const duplicate = { code: 'StoreDuplicateKey' }
    await assert.rejects(store.commit([], [put('a', '1'), remove('a')]), duplicate)
    await assert.rejects(store.commit([], [put('a', '1'), put('a', '2')]), duplicate)
    await assert.rejects(store.commit([], [put('\ud800', '1')]), { code: 'StoreBadKey' })
    assert.deepEqual(await texts(store, ''), [])
  })

  it('keeps empty and large values and keys of any script', async ({ store }) => {
    const large = 'x'.repeat(1_000_000)
    await store.commit([], [put('empty', ''), put('large', large), put('ключ/鍵', 'é')])
    assert.equal(blobText((await store.get('empty'))?.value.bytes), '')
    assert.equal(blobText((await store.get('large'))?.value.bytes), large)
    assert.deepEqual(await texts(store, 'ключ/'), ['ключ/鍵=é'])
  })
}
