import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '#lib'
import { createMemoryStore } from '../memory/memory-store.ts'
import { defaultRetention } from './retention.ts'

const retention = { ...defaultRetention, bytes: 10_000 }
const untouched = (characters: number) => ({
  get bytes(): Uint8Array {
    throw new Error('nobody asked for these')
  },
  characters,
})

/** Writes one key again and again; gives the oldest revision that can be read, and the newest. */
async function written(times: number, characters: number): Promise<readonly [number, number]> {
  await using store = createMemoryStore({ clock: createVirtualClock(), retention })
  for (let i = 0; i < times; i++) {
    await store.commit([], [{ kind: 'put', key: 'a', value: untouched(characters) }])
  }
  const newest = await store.currentRevision()
  for (let at = 1; at <= newest; at++) {
    if (await store.range({ prefix: '', at }).catch(() => undefined)) return [at, newest]
  }
  return assert.fail('nothing can be read')
}

test('history keeps few versions of a large value, and all of a small one', async () => {
  assert.deepEqual(await written(100, 10), [1, 101])
  const [oldest, newest] = await written(100, 1_000)
  assert.ok(newest - oldest >= 7 && newest - oldest <= 11, `${newest - oldest} versions`)
})

test('a value that is larger than all history is kept as long as it stands', async () => {
  const [oldest, newest] = await written(5, 100_000)
  assert.deepEqual([oldest, newest], [6, 6])
})
