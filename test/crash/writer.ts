/**
 * Writes to a durable store until it is killed, and says on stdout what it can be held to:
 *
 *     node test/crash/writer.ts DIRECTORY SEED
 *
 *     open REVISION
 *     seen REVISION                      a watcher has been given this commit
 *     done REVISION KEY=TEXT,KEY=...     a writer has been told that this is durable (no text: deleted)
 */
import { writeSync } from 'node:fs'
import { type Random, randomInt, seededRandom, systemClock } from '#lib'
import { defaultRetention, openDurableStore, type Store, type Write } from '#store'

const writers = 32
const [directory = '', seed = ''] = process.argv.slice(2)

// Synchronous, so that no line is printed late and none is lost in a buffer of the process.
const say = (line: string) => void writeSync(1, `${line}\n`)

async function write(store: Store, name: string, random: Random): Promise<never> {
  for (let turn = 0; ; turn++) {
    const result = await store.commit([], nextWrites(name, turn, random))
    if (!result.ok || result.changes.length === 0) continue
    const changes = result.changes.map(({ key, after }) =>
      after ? `${key}=${new TextDecoder().decode(after.value.bytes)}` : `${key}=`,
    )
    say(`done ${result.revision} ${changes.join()}`)
  }
}

/** One to three keys of this writer's few; one write in six deletes. */
function nextWrites(name: string, turn: number, random: Random): Write[] {
  const first = randomInt(random, 8)
  return Array.from({ length: 1 + randomInt(random, 3) }, (_, at): Write => {
    const key = `${name}/${(first + at) % 8}`
    if (random.next() < 1 / 6) return { kind: 'delete', key }
    const padding = 'x'.repeat(randomInt(random, 2000))
    return {
      kind: 'put',
      key,
      value: { bytes: new TextEncoder().encode(`${seed}-${turn}-${padding}`) },
    }
  })
}

async function tellSeen(store: Store, after: number): Promise<void> {
  for await (const commits of store.watch('', after, new AbortController().signal)) {
    for (const { revision } of commits) say(`seen ${revision}`)
  }
}

const random = seededRandom(seed)
// Short history in half of the runs, so that compaction too is interrupted.
const retention = {
  ...defaultRetention,
  keepMs: 60_000,
  revisions: random.next() < 0.5 ? 200 : 1_000_000,
}
const store = await openDurableStore({ directory, clock: systemClock, retention })
const start = await store.currentRevision()
say(`open ${start}`)
await Promise.all([
  tellSeen(store, start),
  ...Array.from({ length: writers }, (_, at) => write(store, `w${at}`, random.fork(`${at}`))),
])
