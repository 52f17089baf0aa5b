import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createVirtualClock } from '#lib'
import { CompactedError, type Store, type StoredValue } from '../contract/store.ts'
import { backUpStore } from './backup.ts'
import { openDurableStore } from './durable-store.ts'
import { inspect } from './inspect.ts'
import { restoreStore } from './restore.ts'

const bumpRevision = 1000

test('a check reports what a store holds and changes nothing', async (t) => {
  const { directory } = await stoppedStore(t)
  const before = await filesOf(directory)
  const { report } = await inspect(directory)
  assert.deepEqual(
    { ...report, id: typeof report.id },
    {
      id: 'string',
      revision: 21,
      compactRevision: 9,
      mark: 21,
      values: 5,
      commits: 12,
      damage: [],
    },
  )
  assert.deepEqual(await filesOf(directory), before)
  assert.deepEqual(await readdir(join(directory, '..')), ['store'])
})

test('a check tells all that is damaged, also where nothing can be opened', async (t) => {
  const { directory } = await stoppedStore(t)
  for (const name of ['CURRENT', 'MARK']) await rm(join(directory, name))
  const { report, values } = await inspect(directory)
  assert.deepEqual(report.damage, [
    'the store is damaged: the file CURRENT is missing',
    'the store is damaged: the file MARK, which says how far its commits go, is missing',
  ])
  assert.equal(values.length, 5)
})

test('a backup of a store in use holds all that is acknowledged', async (t) => {
  const { directory, file } = await stoppedStore(t)
  await using store = await open(directory)
  await write(store, 50)
  const report = await backUpStore({ directory, file })
  assert.deepEqual([report.revision, report.damage], [71, []])
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  await write(store, 1)
})

test('a backup taken while commits and compactions go on is one of a single revision', async (t) => {
  const { directory, file } = await stoppedStore(t)
  await using store = await open(directory)
  let isDone = false
  const writing = (async () => {
    while (!isDone) {
      await write(store, 20)
      await store.compact(await store.currentRevision())
    }
  })()
  for (let round = 0; round < 5; round++) {
    const acknowledged = await store.currentRevision()
    const { revision, damage } = await backUpStore({ directory, file })
    assert.deepEqual(damage, [])
    assert.ok(revision >= acknowledged, `${revision} is before ${acknowledged}`)
  }
  isDone = true
  await writing
})

test('a restored store holds the same, and its revisions go on above all that was seen', async (t) => {
  const { directory, file } = await stoppedStore(t)
  await backUpStore({ directory, file })
  const saved = await valuesOf(directory)
  {
    await using store = await open(directory)
    await write(store, 7)
  }
  const place = { directory, file, bumpRevision }
  await assert.rejects(restoreStore(place), { code: 'StoreNotEmpty' })
  const restored = await restoreStore({ ...place, force: true })
  assert.deepEqual(restored, {
    revision: 28 + bumpRevision,
    values: 5,
    putAside: `${directory}.before-restore-1`,
  })
  assert.deepEqual(await valuesOf(directory), saved)
  assert.deepEqual((await inspect(directory)).report.damage, [])
  await using store = await open(directory)
  await assert.rejects(store.range({ prefix: '', at: 28 }), CompactedError)
  const result = await store.commit([], [{ kind: 'delete', key: 'key0' }])
  assert.equal(result.ok && result.revision, restored.revision + 1)
})

test('a restore makes a store where there is none', async (t) => {
  const { directory, file } = await stoppedStore(t)
  await backUpStore({ directory, file })
  const saved = await valuesOf(directory)
  const other = join(directory, '..', 'deep', 'other')
  await restoreStore({ directory: other, file, bumpRevision })
  assert.deepEqual(await valuesOf(other), saved)
  assert.equal((await inspect(other)).report.id, (await inspect(directory)).report.id)
})

test('a restore refuses keys of another cluster unless forced', async (t) => {
  const { directory, file } = await stoppedStore(t)
  await backUpStore({ directory, file })
  const place = { directory: `${directory}-new`, boundBy: `${directory}-id`, file, bumpRevision }
  await writeFile(place.boundBy, 'another\n')
  await assert.rejects(restoreStore(place), { code: 'StoreOfAnotherCluster' })
  await restoreStore({ ...place, force: true })
  const { id } = (await inspect(directory)).report
  assert.equal(await readFile(place.boundBy, 'utf8'), `${id}\n`)
})

test('a backup that is damaged anywhere is refused', async (t) => {
  const { directory, file } = await stoppedStore(t)
  await backUpStore({ directory, file })
  const content = await readFile(file)
  const damaged: readonly Buffer[] = [
    ...[0, 25, content.length >> 1, content.length - 1].map((at) => {
      const copy = Buffer.from(content)
      copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    }),
    content.subarray(0, -1),
    content.subarray(0, 10),
    Buffer.alloc(0),
  ]
  for (const bytes of damaged) {
    await writeFile(file, bytes)
    const place = { directory: `${directory}-new`, file, bumpRevision }
    await assert.rejects(restoreStore(place), { code: 'BadBackup' })
  }
})

test('a damaged store is backed up only when forced, with what can be read', async (t) => {
  const { directory, file } = await stoppedStore(t)
  await rm(join(directory, 'IDENTITY'))
  await assert.rejects(backUpStore({ directory, file }), {
    code: 'StoreCorrupt',
    message: /IDENTITY/,
  })
  await backUpStore({ directory, file, force: true })
  await restoreStore({ directory, file, bumpRevision, force: true })
  assert.equal((await valuesOf(directory)).length, 5)
})

async function stoppedStore(
  t: TestContext,
): Promise<{ readonly directory: string; readonly file: string }> {
  const root = await mkdtemp(join(tmpdir(), 'knarr-backup-'))
  const elsewhere = await mkdtemp(join(tmpdir(), 'knarr-backup-'))
  t.after(() => rm(root, { recursive: true }))
  t.after(() => rm(elsewhere, { recursive: true }))
  const directory = join(root, 'store')
  await using store = await open(directory)
  await write(store, 20)
  await store.compact(9)
  return { directory, file: join(elsewhere, 'backup.knarr') }
}

async function write(store: Store, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const value = { bytes: Buffer.from(`${at}`) }
    await store.commit([], [{ kind: 'put', key: `key${at % 5}`, value }])
  }
}

async function valuesOf(directory: string): Promise<readonly (readonly unknown[])[]> {
  await using store = await open(directory)
  const { values } = await store.range({ prefix: '' })
  const plain = ({ key, created, modified, version, value }: StoredValue) => {
    return [key, created, modified, version, Buffer.from(value.bytes).toString()]
  }
  return values.map(plain)
}

async function filesOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(directory)
  const content = async (name: string) => [
    name,
    (await readFile(join(directory, name))).toString('hex'),
  ]
  return Object.fromEntries(await Promise.all(names.map(content)))
}

function open(directory: string): Promise<Store> {
  return openDurableStore({ directory, clock: createVirtualClock() })
}
