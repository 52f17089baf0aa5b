import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configMaps, pods } from '#api'
import { createVirtualClock, silentLogger, type VirtualClock } from '#lib'
import type { WatchFrame } from '#machinery'
import { CompactedError, createMemoryStore, type Store } from '#store'
import { objectBlob, stamped } from '../stored/stamped.ts'
import { type Caches, openCaches } from './caches.ts'
import { storeKeyOf } from './keys.ts'
import { selectionOf } from './selection.ts'

const resources = [configMaps, pods]
const everything = selectionOf(configMaps, {})

function configMap(name: string, more: object = {}) {
  return {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: 't' },
    ...more,
  }
}

async function put(store: Store, name: string, more: object = {}): Promise<void> {
  const key = storeKeyOf(configMaps, 'default', name)
  await store.commit([], [{ kind: 'put', key, value: objectBlob(configMap(name, more)) }])
}

async function open(store: Store, clock: VirtualClock): Promise<Caches> {
  const caches = await openCaches({ store, clock, log: silentLogger })
  await caches.open(resources)
  return caches
}

describe('a stamped object', () => {
  const shapes: readonly (readonly [name: string, object: object])[] = [
    ['in the usual order of members', configMap('a', { data: { text: 'ä"\\' } })],
    [
      'in another order',
      { metadata: { name: 'a' }, data: {}, apiVersion: 'v1', kind: 'ConfigMap' },
    ],
    ['that had a version', configMap('a', { metadata: { name: 'a', resourceVersion: '1' } })],
  ]
  for (const [name, object] of shapes) {
    test(`${name} has the JSON of itself, from bytes as from the value`, () => {
      const blob = objectBlob(object)
      for (const source of [
        blob,
        { bytes: blob.bytes },
        { bytes: Buffer.from(JSON.stringify(object)) },
      ]) {
        const { bytes, object: value } = stamped(source, 7, {})
        assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), value)
        assert.equal(value.metadata.resourceVersion, '7')
        assert.equal(
          Buffer.from(bytes)
            .toString()
            .match(/resourceVersion/g)?.length,
          1,
        )
      }
    })
  }

  test('is encoded once, whoever asks first', () => {
    const blob = objectBlob(configMap('a'))
    const object = stamped(blob, 7, {})
    assert.equal(object.bytes, object.bytes)
    assert.equal(blob.bytes, blob.bytes)
  })
})

describe('the caches', () => {
  test('end a watcher that falls too far behind, and nobody else', async () => {
    const clock = createVirtualClock()
    const store = createMemoryStore({ clock })
    const caches = await open(store, clock)
    const cache = caches.of(configMaps)
    const start = { after: 1, revision: 1, bookmarks: false }
    const never = new AbortController().signal
    const slow = cache.watch(everything, start, never)
    const quick = cache.watch(everything, start, never)
    let seen = 0
    const reading = (async () => {
      for await (const _ of quick.frames) if (++seen === 17_000) return
    })()
    for (let i = 0; i < 17_000; i++) await put(store, 'a', { data: { i: String(i) } })
    await reading
    assert.equal(seen, 17_000)
    const frames = await Array.fromAsync(slow.frames)
    assert.equal(frames.length, 16_384)
    assert.equal(cache.watchersByScope().size, 0)
    await caches[Symbol.asyncDispose]()
  })

  test('read everything anew when the store has forgotten where they were', async () => {
    const clock = createVirtualClock()
    const inner = createMemoryStore({ clock })
    await put(inner, 'a')
    let breaks = 0
    const store: Store = {
      ...inner,
      async *watch(prefix, after, signal) {
        if (++breaks > 1) return yield* inner.watch(prefix, after, signal)
        await clock.sleep(10_000)
        await put(inner, 'b')
        throw new CompactedError(99)
      },
    }
    const caches = await open(store, clock)
    const cache = caches.of(configMaps)
    const start = { after: undefined, revision: 2, bookmarks: false }
    const watch = cache.watch(everything, start, new AbortController().signal)
    const frames: WatchFrame[] = []
    const reading = (async () => {
      for await (const frame of watch.frames) frames.push(frame)
    })()
    let reloads = 0
    using _ = caches.onReload(() => reloads++)
    await clock.advance(12_000)
    await reading
    assert.equal(frames.length, 1)
    assert.equal(reloads, 1, 'whoever follows commits hears that some have passed')
    assert.deepEqual(
      cache.list(everything).map(({ object }) => object.metadata.name),
      ['a', 'b'],
    )
    await put(inner, 'c')
    await clock.settle()
    assert.equal(cache.size, 3)
    assert.equal(caches.revision, 4)
    await caches[Symbol.asyncDispose]()
  })

  for (const when of ['before', 'after'] as const) {
    test(`neither miss nor repeat what is written while a new cache is filled, ${when} it is read`, async () => {
      const clock = createVirtualClock()
      const inner = createMemoryStore({ clock })
      await put(inner, 'a')
      const held = Promise.withResolvers<void>()
      const range: Store['range'] = async (query) => {
        if (when === 'before') await held.promise
        const found = await inner.range(query)
        if (when === 'after') await held.promise
        return found
      }
      const caches = await openCaches({ store: { ...inner, range }, clock, log: silentLogger })
      const opening = caches.open(resources)
      for (const name of ['b', 'c']) await put(inner, name)
      await clock.settle()
      assert.equal(caches.revision, 4, 'the commits have come')
      held.resolve()
      await opening
      const cache = caches.of(configMaps)
      assert.equal(cache.size, 3)
      assert.deepEqual([cache.oldest, cache.newest], when === 'before' ? [4, 4] : [2, 4])
      const start = { after: cache.oldest, revision: 4, bookmarks: false }
      const stop = new AbortController()
      const watch = cache.watch(everything, start, stop.signal)
      caches[Symbol.asyncDispose]()
      const frames = await Array.fromAsync(watch.frames)
      assert.deepEqual(
        frames.map(({ object: { object } }) => object.metadata?.name),
        when === 'before' ? [] : ['b', 'c'],
      )
    })
  }

  test('leave no timer behind when they are closed', async () => {
    const clock = createVirtualClock()
    const caches = await open(createMemoryStore({ clock }), clock)
    await caches[Symbol.asyncDispose]()
    assert.equal(clock.pendingTimers, 0)
  })
})

test('caches say that they do not follow the store, until they try it again', async () => {
  const clock = createVirtualClock()
  await using inner = createMemoryStore({ clock })
  let tries = 0
  const watch: Store['watch'] = async function* (...asked) {
    if (++tries === 1) throw new Error('connection refused')
    yield* inner.watch(...asked)
  }
  await using caches = await open({ ...inner, watch }, clock)
  await clock.advance(0)
  assert.equal(caches.isFollowing, false)
  await clock.advance(1_000)
  assert.deepEqual([caches.isFollowing, tries], [true, 2])
})
