/**
 * Kills a writing process with SIGKILL at random points, again and again on the same data, and
 * proves each time that nothing acknowledged or seen is lost and that no revision is used twice.
 *
 *     KNARR_CRASH_ROUNDS=500 KNARR_CRASH_SEED=7 node --test test/crash/crash.test.ts
 *
 * SIGKILL leaves the operating system's cache alone: this proves the order of acknowledgement,
 * publication and recovery, not that the disk honours a flush.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { randomInt, seededRandom, systemClock } from '#lib'
import { type Commit, openDurableStore, type Store } from '#store'

const rounds = Number(process.env.KNARR_CRASH_ROUNDS ?? 12)
const seed = process.env.KNARR_CRASH_SEED ?? String(systemClock.wallMs())

/** What the killed processes had said, over all rounds. */
interface Promised {
  /** By revision, the changes as printed. */
  readonly done: Map<number, string>
  newestSeen: number
}

test(`no acknowledged write is lost in ${rounds} crashes`, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'knarr-crash-'))
  t.after(() => rm(directory, { recursive: true }))
  t.diagnostic(`KNARR_CRASH_SEED=${seed}`)
  const random = seededRandom(seed)
  const promised: Promised = { done: new Map(), newestSeen: 1 }
  for (let round = 0; round < rounds; round++) {
    const before = await recoveredRevision(directory)
    const killAfterLines = randomInt(random, 3000)
    const lines = await runUntilKilled([directory, `${seed}-${round}`], killAfterLines)
    hold(promised, lines, before)
    await using store = await openDurableStore({ directory, clock: systemClock })
    await verify(store, promised)
  }
  t.diagnostic(`${promised.done.size} acknowledged commits, newest ${promised.newestSeen}`)
  assert.ok(promised.done.size > rounds, 'the writers hardly wrote')
})

async function recoveredRevision(directory: string): Promise<number> {
  await using store = await openDurableStore({ directory, clock: systemClock })
  return store.currentRevision()
}

/** Runs a writer, kills it once it has printed so many lines, and returns all that it printed. */
async function runUntilKilled(
  parameters: readonly string[],
  killAfterLines: number,
): Promise<readonly string[]> {
  const writer = join(import.meta.dirname, 'writer.ts')
  const child = spawn(process.execPath, [writer, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const killed = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('close', (_code, signal) => resolve(signal)),
  )
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (lines.length > killAfterLines) child.kill('SIGKILL')
  }
  assert.equal(await killed, 'SIGKILL', 'the writer ended by itself')
  // A line that was cut off by the kill is no promise.
  return lines.filter((line) => /^(open|seen) \d+$|^done \d+ .*=(\S+-x*)?$/.test(line))
}

/** Adds what a writer said, unless it contradicts itself or what was there before it started. */
function hold(promised: Promised, lines: readonly string[], before: number): void {
  for (const line of lines) {
    const [what, revisionText, changes = ''] = line.split(' ')
    const revision = Number(revisionText)
    if (what === 'open') {
      assert.equal(revision, before)
      continue
    }
    assert.ok(revision > before, `revision ${revision} was used before (${before} was recovered)`)
    promised.newestSeen = Math.max(promised.newestSeen, revision)
    if (what !== 'done') continue
    assert.ok(!promised.done.has(revision), `revision ${revision} was acknowledged twice`)
    promised.done.set(revision, changes)
  }
}

/**
 * What was recovered must be what was promised. Commits that nobody was told of may have survived
 * too; having been read now, they are promises like the others.
 */
async function verify(store: Store, { done, newestSeen }: Promised): Promise<void> {
  const current = await store.currentRevision()
  assert.ok(current >= newestSeen, `${newestSeen} was seen, but only ${current} is left`)
  for (const { revision, changes } of await remainingHistory(store, current)) {
    const known = done.get(revision)
    if (known === undefined) done.set(revision, printed(changes))
    else assert.equal(printed(changes), known)
  }
  const { values } = await store.range({ prefix: '' })
  const found = values.map(({ key, modified, value }) => [
    key,
    modified,
    new TextDecoder().decode(value.bytes),
  ])
  assert.deepEqual(found, stateAfter(done))
}

/** Key, revision and text of all that the commits leave alive, by key. */
function stateAfter(
  done: ReadonlyMap<number, string>,
): readonly (readonly [string, number, string])[] {
  const state = new Map<string, readonly [string, number, string]>()
  for (const [revision, changes] of [...done].toSorted(([a], [b]) => a - b)) {
    for (const change of changes.split(',')) {
      const [key = '', text = ''] = change.split('=')
      if (text === '') state.delete(key)
      else state.set(key, [key, revision, text])
    }
  }
  return [...state.values()].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** All commits from the oldest that is left to `current`. */
async function remainingHistory(store: Store, current: number): Promise<readonly Commit[]> {
  const commits: Commit[] = []
  let after = await oldestReadable(store)
  if (after === current) return commits
  for await (const batch of store.watch('', after, new AbortController().signal)) {
    commits.push(...batch)
    after = commits.at(-1)?.revision ?? after
    if (after >= current) break
  }
  assert.deepEqual(
    commits.map(({ revision }) => revision),
    commits.map((_, at) => current - commits.length + 1 + at),
  )
  return commits
}

async function oldestReadable(store: Store): Promise<number> {
  try {
    await store.range({ prefix: '', limit: 1, at: 1 })
    return 1
  } catch (error) {
    assert.ok(error instanceof Error && 'compactRevision' in error, String(error))
    return Number(error.compactRevision)
  }
}

function printed(changes: Commit['changes']): string {
  return changes
    .map(({ key, after }) => `${key}=${after ? new TextDecoder().decode(after.value.bytes) : ''}`)
    .join()
}
