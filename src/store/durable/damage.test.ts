/**
 * Damages every kind of file of a durable store in every way, after a clean stop and after
 * `kill -9`: it is refused, or opens with everything in it. The table in docs/reliability.md is
 * compared with what is found here, and printed by
 *
 *     node --test --test-reporter=spec src/store/durable/damage.test.ts
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import {
  chmod,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { ClassicLevel } from 'classic-level'
import { createVirtualClock, KnarrError } from '#lib'
import type { Store } from '../contract/store.ts'
import { openDurableStore } from './durable-store.ts'
import { readStoreIdentity, writeStoreIdentity } from './identity.ts'

const kinds = ['CURRENT', 'MANIFEST', '.log', '.ldb', 'LOCK', 'IDENTITY', 'MARK'] as const
type Kind = (typeof kinds)[number]

const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
  'cut by half': async (path) => truncate(path, Math.floor((await stat(path)).size / 2)),
  'cut by a byte': async (path) => truncate(path, Math.max(0, (await stat(path)).size - 1)),
  'byte flipped': async (path) => {
    const bytes = await readFile(path)
    const middle = Math.floor(bytes.length / 2)
    if (bytes.length > 0) bytes[middle] = (bytes[middle] ?? 0) ^ 0x41
    await writeFile(path, bytes)
  },
  emptied: (path) => truncate(path, 0),
  removed: (path) => rm(path),
  'made read-only': (path) => chmod(path, 0o400),
}

const stops = ['clean', 'killed'] as const
type Stop = (typeof stops)[number]

let root = ''
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'knarr-damage-'))
  for (const stop of stops) await makeStore(join(root, stop), stop)
})
after(() => rm(root, { recursive: true, force: true }))

describe('a damaged store', () => {
  test('is refused or opens whole, whichever file is damaged and however', async (t) => {
    const rows: string[] = []
    for (const kind of kinds) {
      const cells: string[] = []
      for (const damage of Object.keys(damages)) cells.push(await outcomeOf(kind, damage))
      rows.push(`| ${kind} | ${cells.join(' | ')} |`)
    }
    const head = ['', ...Object.keys(damages)]
    const rule = head.map(() => '---').join('|')
    const table = [`| ${head.join(' | ')} |`, `|${rule}|`, ...rows].join('\n')
    t.diagnostic(`\n${table}`)
    const page = await readFile(join(import.meta.dirname, '../../../docs/reliability.md'), 'utf8')
    assert.ok(page.includes(table), `docs/reliability.md has another table than\n${table}`)
  })

  for (const stop of stops) {
    test(`is refused when all but one of its files are gone (${stop})`, async () => {
      for (const kind of kinds) {
        const directory = await copyOf(stop)
        const kept = await filesOf(directory, kind)
        for (const name of await readdir(directory)) {
          if (!kept.includes(join(directory, name))) await rm(join(directory, name))
        }
        await assert.rejects(open(directory), { code: 'StoreCorrupt' }, kind)
        await rm(directory, { recursive: true })
      }
    })
  }

  test('is refused as often as it is opened, and whole once its file is back', async () => {
    for (const kind of ['CURRENT', 'MANIFEST', '.ldb', 'IDENTITY', 'MARK'] as const) {
      const directory = await copyOf('clean')
      const [path = ''] = await filesOf(directory, kind)
      const content = await readFile(path)
      await rm(path)
      for (const _again of [1, 2]) await assert.rejects(open(directory), { code: 'StoreCorrupt' })
      await writeFile(path, content)
      assert.deepEqual(await contentOf(directory), await contentOf(await copyOf('clean')), kind)
    }
  })

  test('keeps a damaged log as it is', async () => {
    const directory = await copyOf('clean')
    const [path = ''] = await filesOf(directory, '.log')
    await damages['byte flipped']?.(path)
    const content = await readFile(path)
    await assert.rejects(open(directory), { code: 'StoreCorrupt', message: /log .* is damaged/ })
    assert.deepEqual(await readFile(path), content)
  })
})

describe('a store that belongs to a cluster', () => {
  test('is missed when it is gone', async (t) => {
    const { directory, boundBy } = await bound(t)
    await rm(directory, { recursive: true })
    await assert.rejects(open(directory, boundBy), { code: 'StoreMissing' })
    await assert.rejects(open(directory, boundBy), { code: 'StoreMissing' })
  })

  test('is not taken for that of another', async (t) => {
    const { directory, boundBy } = await bound(t)
    await rm(directory, { recursive: true })
    await cp(await copyOf('clean'), directory, { recursive: true })
    await assert.rejects(open(directory, boundBy), { code: 'StoreOfAnotherCluster' })
  })
})

test('a store that was half made when its process was killed is finished', async (t) => {
  const directory = join(await scratch(t), 'store')
  await (await open(directory))[Symbol.asyncDispose]()
  const identity = await readStoreIdentity(directory)
  assert.ok(identity)
  await writeStoreIdentity(directory, { ...identity, state: 'creating' })
  for (const name of ['CURRENT', 'MARK']) await rm(join(directory, name))
  await (await open(directory))[Symbol.asyncDispose]()
  assert.deepEqual(await readStoreIdentity(directory), identity)
})

test('a store of format 1, without identity and mark, becomes one of this format', async (t) => {
  const directory = join(await scratch(t), 'store')
  await cp(join(root, 'clean'), directory, { recursive: true })
  const disk = new ClassicLevel<string, Buffer>(directory, { valueEncoding: 'buffer' })
  await disk.batch([
    { type: 'put', key: 'm/format', value: Buffer.from('1') },
    { type: 'put', key: 'm/closed', value: Buffer.from(`${(await expected('clean')).revision}`) },
  ])
  await disk.close()
  for (const name of ['IDENTITY', 'MARK']) await rm(join(directory, name))
  assert.deepEqual(await contentOf(directory), await expected('clean'))
  await rm(join(directory, 'IDENTITY'))
  await assert.rejects(open(directory), { code: 'StoreCorrupt', message: /IDENTITY/ })
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0

describe('on a disk that is full', { skip: canMount ? false : 'mounting needs root' }, () => {
  test('a store is refused, and whole once there is space', async (t) => {
    const mount = await smallDisk(t)
    const directory = join(mount, 'store')
    await cp(join(root, 'killed'), directory, { recursive: true })
    await fill(mount)
    await assert.rejects(open(directory), { code: 'StoreUnavailable', message: /No space left/ })
    await rm(join(mount, 'filler'))
    assert.deepEqual(await contentOf(directory), await expected('killed'))
  })

  test('commits fail, and nothing acknowledged is lost', async (t) => {
    const mount = await smallDisk(t)
    const directory = join(mount, 'store')
    const store = await open(directory)
    const acknowledged: string[] = []
    const write = async () => {
      for (let at = 0; at < 100; at++) {
        const value = { bytes: Buffer.alloc(100_000, `${at}`) }
        await store.commit([], [{ kind: 'put', key: `key${at}`, value }])
        acknowledged.push(`key${at}`)
      }
    }
    await assert.rejects(write(), { code: 'StoreFailed', message: /cannot use its disk/ })
    await assert.rejects(store.currentRevision(), { code: 'StoreFailed' })
    await store[Symbol.asyncDispose]().catch(() => {})
    const { values } = await contentOf(await elsewhere(t, directory))
    assert.ok(acknowledged.length > 0)
    assert.deepEqual(
      acknowledged.filter((key) => !values.some(([found]) => found === key)),
      [],
    )
  })
})

test('a directory that is not writable is refused, and why', {
  skip: canMount ? false : 'mounting needs root',
}, async (t) => {
  const mount = await smallDisk(t)
  const directory = join(mount, 'store')
  await cp(join(root, 'clean'), directory, { recursive: true })
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', mount]).status, 0)
  await assert.rejects(open(directory), { code: 'StoreUnavailable', message: /read-only/ })
})

/** `refused`, or `whole` when it opens with all that was acknowledged; a failure when with less. */
async function outcomeOf(kind: Kind, damage: string): Promise<string> {
  const outcomes: string[] = []
  for (const stop of stops) {
    const directory = await copyOf(stop)
    for (const path of await filesOf(directory, kind)) await damages[damage]?.(path)
    try {
      const content = await contentOf(directory)
      assert.deepEqual(content, await expected(stop), `${kind} ${damage} (${stop}): silently less`)
      outcomes.push('whole')
    } catch (error) {
      if (!(error instanceof KnarrError)) throw error
      assert.equal(error.code, 'StoreCorrupt', error.message)
      outcomes.push('refused')
    }
    await rm(directory, { recursive: true })
  }
  const [clean, killed] = outcomes
  return clean === killed ? `${clean}` : `${clean}; ${killed} after a kill`
}

interface Content {
  readonly revision: number
  readonly values: readonly (readonly [string, number, string])[]
}

async function contentOf(directory: string): Promise<Content> {
  await using store = await open(directory)
  const { revision, values } = await store.range({ prefix: '' })
  return {
    revision,
    values: values.map(({ key, modified, value }) => [
      key,
      modified,
      Buffer.from(value.bytes).toString('hex'),
    ]),
  }
}

const found = new Map<Stop, Promise<Content>>()

function expected(stop: Stop): Promise<Content> {
  const content = found.get(stop) ?? copyOf(stop).then(contentOf)
  found.set(stop, content)
  return content
}

/** A store with a base, a table, and a log that holds commits. */
async function makeStore(directory: string, stop: Stop): Promise<void> {
  for (const round of ['first', 'second']) {
    await using store = await open(directory)
    for (let at = 0; at < 30; at++) {
      const value = { bytes: noise(at) }
      await store.commit([], [{ kind: 'put', key: `${round}${at % 9}`, value }])
    }
    if (round === 'first') await store.compact(15)
  }
  if (stop === 'clean') return
  const writer = join(import.meta.dirname, 'fixture/killed-writer.ts')
  const child = spawn(process.execPath, [writer, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  child.stdout.once('data', () => child.kill('SIGKILL'))
  await ended
}

/** Incompressible, so that most of a table is values. */
function noise(seed: number): Uint8Array {
  return Uint8Array.from({ length: 300 }, (_, at) => ((at + 1) * 7919 * (at + 13 + seed)) % 251)
}

let copies = 0
async function copyOf(stop: Stop): Promise<string> {
  const directory = join(root, `copy-${copies++}`)
  await cp(join(root, stop), directory, { recursive: true })
  return directory
}

/** All files of a kind: some tables may be merged already, and are not read any more. */
async function filesOf(directory: string, kind: Kind): Promise<readonly string[]> {
  const names = await readdir(directory)
  const paths = names.filter((each) => each.startsWith(kind) || each.endsWith(kind))
  assert.ok(paths.length > 0, `there is no ${kind} in ${names.join()}`)
  return paths.map((name) => join(directory, name))
}

async function bound(
  t: TestContext,
): Promise<{ readonly directory: string; readonly boundBy: string }> {
  const parent = await scratch(t)
  const place = { directory: join(parent, 'store'), boundBy: join(parent, 'store-id') }
  await (await open(place.directory, place.boundBy))[Symbol.asyncDispose]()
  return place
}

function open(directory: string, boundBy?: string): Promise<Store> {
  const clock = createVirtualClock()
  return openDurableStore({ directory, clock, ...(boundBy === undefined ? {} : { boundBy }) })
}

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'knarr-damage-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function smallDisk(t: TestContext): Promise<string> {
  const mount = await mkdtemp(join(tmpdir(), 'knarr-disk-'))
  const made = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'knarr-test', mount])
  assert.equal(made.status, 0, made.stderr.toString())
  t.after(() => {
    spawnSync('umount', [mount])
    return rm(mount, { recursive: true })
  })
  return mount
}

async function elsewhere(t: TestContext, directory: string): Promise<string> {
  const copy = join(await scratch(t), 'store')
  await cp(directory, copy, { recursive: true })
  return copy
}

async function fill(mount: string): Promise<void> {
  await writeFile(join(mount, 'filler'), Buffer.alloc(4 << 20)).catch(() => {})
}
