import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { ClassicLevel } from 'classic-level'
import { createVirtualClock } from '#lib'
import { type StoreUnderTest, storeConformance } from '../conformance.ts'
import type { Store, Write } from '../contract/store.ts'
import { defaultRetention } from '../mvcc/retention.ts'
import { commitName } from './disk.ts'
import { openDurableStore } from './durable-store.ts'

storeConformance('durable', async () => openIn(await mkdtemp(join(tmpdir(), 'knarr-store-'))), {
  runs: 25,
  maxRequestBytes: 1.5 * 1024 * 1024,
})

async function openIn(directory: string): Promise<StoreUnderTest> {
  const clock = createVirtualClock()
  const store = await openDurableStore({ directory, clock })
  return {
    store,
    wallMs: clock.wallMs,
    async pass(ms) {
      await clock.advance(ms)
      // Expiry writes to the real disk; a later commit has it behind itself.
      await store.commit([], [{ kind: 'delete', key: 'no such key' }])
    },
    async reopen() {
      await store[Symbol.asyncDispose]()
      return openIn(directory)
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

describe('durable store by itself', () => {
  test('is readable by its owner only', async (t) => {
    const directory = join(await scratch(t), 'deep', 'store')
    await (await open(directory))[Symbol.asyncDispose]()
    await using _store = await open(directory)
    assert.equal((await stat(directory)).mode & 0o777, 0o700)
    for (const name of await readdir(directory)) {
      assert.equal((await stat(join(directory, name))).mode & 0o077, 0, name)
    }
  })

  test('refuses a directory that is in use', async (t) => {
    const directory = await scratch(t)
    await using _store = await open(directory)
    await assert.rejects(open(directory), {
      code: 'StoreInUse',
      message: `${directory} is in use by another knarr`,
    })
  })

  test('refuses what another version or another program wrote', async (t) => {
    const directory = await scratch(t)
    await change(directory, (disk) => disk.put('foreign', Buffer.from('1')))
    await assert.rejects(open(directory), { code: 'StoreUnknownFormat' })
    await change(directory, (disk) => disk.put('m/format', Buffer.from('9')))
    await assert.rejects(open(directory), {
      code: 'StoreUnknownFormat',
      message: /holds format "9"/,
    })
  })

  test('reports a directory that it cannot use', async (t) => {
    const directory = await scratch(t)
    await mkdir(join(directory, 'CURRENT'))
    await assert.rejects(open(directory), { code: 'StoreUnavailable' })
  })

  const damages: readonly (readonly [string, (disk: Disk) => Promise<void>, RegExp])[] = [
    [
      'a flipped bit in a commit',
      (disk) => flip(disk, commitName(7)),
      /"c\/0{13}7" fails its checksum/,
    ],
    ['a flipped bit in the base', (disk) => flip(disk, 'k/key1'), /"k\/key1" fails its checksum/],
    ['a missing commit', (disk) => disk.del(commitName(7)), /commit c\/0{13}7 is missing/],
    [
      'missing newest commits',
      (disk) => disk.del(commitName(10)),
      /newest commits are missing, 10 to 10/,
    ],
    ['a missing base value', (disk) => disk.del('k/key1'), /holds 2 values instead of 3/],
    ['a missing marker', (disk) => disk.del('m/base'), /marker of its base is missing/],
    ['an unreadable marker', (disk) => disk.put('m/base', Buffer.from('{')), /is unreadable/],
    [
      'a truncated record',
      (disk) => disk.put(commitName(8), Buffer.from('x')),
      /fails its checksum/,
    ],
    [
      'a record under a wrong name',
      async (disk) => disk.put(commitName(8), (await disk.get(commitName(7))) ?? Buffer.of()),
      /"c\/0{13}8" fails its checksum/,
    ],
  ]
  for (const [name, damage, message] of damages) {
    test(`finds ${name} when it opens`, async (t) => {
      const directory = await scratch(t)
      const store = await open(directory)
      for (let at = 0; at < 9; at++) await store.commit([], [put(`key${at % 3}`, `${at}`)])
      await store.compact(5)
      await store[Symbol.asyncDispose]()
      await change(directory, damage)
      await assert.rejects(open(directory), { code: 'StoreCorrupt', message })
    })
  }

  for (const [kind, rounds] of [
    ['log', 60],
    ['ldb', 6000],
  ] as const) {
    test(`finds damage inside a .${kind} file when it opens`, async (t) => {
      const directory = await scratch(t)
      const store = await open(directory)
      const text = 'x'.repeat(2000)
      await Promise.all(
        Array.from({ length: rounds }, (_, at) =>
          store.commit([], [put(`key${at}`, `${at}${text}`)]),
        ),
      )
      await store[Symbol.asyncDispose]()
      await damageFiles(directory, kind)
      await assert.rejects(open(directory), { code: 'StoreCorrupt' })
    })
  }

  test('reads the bytes of a value only as it commits it, and hands on the same blob', async (t) => {
    await using store = await open(await scratch(t))
    let reads = 0
    const value = {
      get bytes() {
        reads++
        return new TextEncoder().encode('lazy')
      },
    }
    await store.commit([], [{ kind: 'put', key: 'a', value }])
    // To weigh it, and to log it.
    assert.equal(reads, 2)
    assert.equal((await store.get('a'))?.value, value)
    await store.commit([], [put('b', '')])
    await store.compact(3)
    assert.equal(reads, 2)
  })

  test('keeps deletions, versions and counts right through compaction and restart', async (t) => {
    const directory = await scratch(t)
    for (let round = 0; round < 4; round++) {
      await using store = await open(directory)
      await store.commit([], [put('a', `${round}`), put(`once${round}`, '')])
      await store.commit([], [{ kind: 'delete', key: `once${round}` }, put('b', '')])
      await store.commit([], [{ kind: 'delete', key: 'b' }])
      if (round % 2 === 1) await store.compact(await store.currentRevision())
    }
    await using store = await open(directory)
    const { values, revision } = await store.range({ prefix: '' })
    assert.deepEqual(
      values.map(({ key, created, modified, version }) => ({ key, created, modified, version })),
      [{ key: 'a', created: 2, modified: 11, version: 4 }],
    )
    assert.equal(revision, 13)
  })

  test('does not grow with its history', async (t) => {
    const directory = await scratch(t)
    const clock = createVirtualClock()
    const retention = { ...defaultRetention, keepMs: 1000, revisions: 100 }
    // Incompressible, so that what is kept shows.
    const noise = Array.from({ length: 2048 }, (_, at) => (at * 7919 * (at + 13)) % 251)
    const value = { bytes: Uint8Array.from(noise) }
    {
      await using store = await openDurableStore({ directory, clock, retention })
      for (let round = 0; round < 60; round++) {
        const writes = Array.from({ length: 200 }, (_, at) => `key${at % 20}`)
        await Promise.all(writes.map((key) => store.commit([], [{ kind: 'put', key, value }])))
      }
    }
    const disk = new ClassicLevel<string, Buffer>(directory, { valueEncoding: 'buffer' })
    const names = await disk.keys().all()
    await disk.close()
    // 20 values, 3 markers, and history up to a quarter over its limit.
    assert.ok(names.length <= 20 + 3 + 125, `${names.length} records`)
  })
})

type Disk = ClassicLevel<string, Buffer>

function open(directory: string): Promise<Store> {
  return openDurableStore({ directory, clock: createVirtualClock() })
}

function put(key: string, text: string): Write {
  return { kind: 'put', key, value: { bytes: new TextEncoder().encode(text) } }
}

async function scratch(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'knarr-store-'))
  context.after(() => rm(directory, { recursive: true }))
  return directory
}

/** Changes the closed database behind the store's back. */
async function change(directory: string, edit: (disk: Disk) => Promise<void>): Promise<void> {
  const disk: Disk = new ClassicLevel(directory, { valueEncoding: 'buffer' })
  await edit(disk)
  await disk.close()
}

/**
 * Overwrites a few bytes in the middle of each file of a kind. All of them: LevelDB may have merged
 * one into another and not deleted it yet, and what it does not use any more it does not read.
 */
async function damageFiles(directory: string, kind: string): Promise<void> {
  let damaged = 0
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const bytes = name.endsWith(`.${kind}`) ? await readFile(path) : Buffer.alloc(0)
    if (bytes.length === 0) continue
    const middle = Math.floor(bytes.length / 2)
    bytes.fill(0x5a, middle, middle + 16)
    await writeFile(path, bytes)
    damaged++
  }
  assert.ok(damaged > 0, `there is no .${kind} file to damage`)
}

async function flip(disk: Disk, name: string): Promise<void> {
  const record = await disk.get(name)
  assert.ok(record)
  record[record.length - 1] = (record.at(-1) ?? 0) ^ 1
  await disk.put(name, record)
}
