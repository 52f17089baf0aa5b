/**
 * How fast the stores are: durable commits, ranges, watches.
 *
 *     node bench/store.ts [SECONDS_PER_PHASE]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#lib'
import { createMemoryStore, openDurableStore, type Store, type Write } from '#store'

const phaseMs = Number(process.argv[2] ?? 3) * 1000
const valueBytes = 2048
const nowMs = systemClock.monotonicMs

/** Half noise, half repetition, about as an object's JSON compresses. */
const sample = Uint8Array.from({ length: valueBytes }, (_, at) =>
  at % 2 === 0 ? (at * 7919 * (at + 13)) % 251 : 97,
)

function put(key: string): Write {
  return { kind: 'put', key, value: { bytes: sample } }
}

interface Latencies {
  readonly perSecond: number
  readonly ms: readonly number[]
}

/** So many writers, each awaiting its commit before the next. */
async function writeConcurrently(store: Store, writers: number): Promise<Latencies> {
  const ms: number[] = []
  const start = nowMs()
  const write = async (writer: number) => {
    for (let turn = 0; nowMs() - start < phaseMs; turn++) {
      const before = nowMs()
      await store.commit([], [put(`/registry/pods/default/pod-${writer}-${turn % 100}`)])
      ms.push(nowMs() - before)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return { perSecond: (ms.length / (nowMs() - start)) * 1000, ms: ms.toSorted((a, b) => a - b) }
}

function row(...cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => (typeof cell === 'number' ? round(cell) : cell))
  console.log(
    `| ${texts.map((text, at) => (at === 0 ? text.padEnd(46) : text.padStart(10))).join(' | ')} |`,
  )
}

function head(...cells: readonly string[]): void {
  console.log('')
  row(...cells)
  row(...cells.map((_, at) => '-'.repeat(at === 0 ? 46 : 10)))
}

function round(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(3)
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

async function benchCommits(name: string, open: () => Promise<Store>): Promise<void> {
  head(`commits of 2 KiB, ${name}`, 'per second', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms')
  for (const writers of [1, 16, 64, 256]) {
    await using store = await open()
    const { perSecond, ms } = await writeConcurrently(store, writers)
    const tail = [0.5, 0.99, 0.999, 1].map((share) => percentile(ms, share))
    row(`writers: ${writers}`, perSecond, ...tail)
  }
}

async function fill(store: Store, values: number): Promise<void> {
  for (let at = 0; at < values; at += 500) {
    const keys = Array.from({ length: 500 }, (_, offset) => String(at + offset).padStart(7, '0'))
    await store.commit(
      [],
      keys.map((key) => put(`/registry/pods/default/pod-${key}`)),
    )
  }
}

/** The median of several runs. */
async function median(runs: number, body: () => Promise<unknown>): Promise<number> {
  const ms: number[] = []
  for (let run = 0; run < runs; run++) {
    const before = nowMs()
    await body()
    ms.push(nowMs() - before)
  }
  return percentile(
    ms.toSorted((a, b) => a - b),
    0.5,
  )
}

async function benchReads(store: Store, values: number): Promise<void> {
  const prefix = '/registry/pods/'
  head(`reads of ${values.toLocaleString('en-US')} values`, 'median ms')
  row('range of all', await median(9, () => store.range({ prefix })))
  row(
    'first page of 500, the rest counted',
    await median(9, () => store.range({ prefix, limit: 500 })),
  )
  row(
    'all pages of 500',
    await median(3, async () => {
      let from = prefix
      for (let more = true; more; ) {
        const page = await store.range({ prefix, from, limit: 500 })
        from = `${page.values.at(-1)?.key}\0`
        more = page.more
      }
    }),
  )
  row('get', await median(9999, () => store.get('/registry/pods/default/pod-0050000')))
}

/** From a commit to the last of so many watchers of its prefix; and the load of others' commits. */
async function benchWatches(watchers: number): Promise<void> {
  await using store = createMemoryStore({ clock: systemClock })
  const abort = new AbortController()
  let received = 0
  let wanted = 0
  let reached: () => void = () => {}
  const watch = async (prefix: string) => {
    for await (const commits of store.watch(prefix, 1, abort.signal)) {
      received += commits.length
      if (received >= wanted) reached()
    }
  }
  const running = Array.from({ length: watchers }, () => watch('/registry/pods/'))
  const deliver = (commits: number, key: string) =>
    new Promise<void>((resolve) => {
      received = 0
      wanted = commits * watchers
      reached = resolve
      for (let at = 0; at < commits; at++) void store.commit([], [put(key)])
    })
  head(`${watchers.toLocaleString('en-US')} watchers of one prefix`, 'median ms', 'events/s')
  const one = await median(99, () => deliver(1, '/registry/pods/default/a'))
  row('one commit, until all have it', one, (watchers / one) * 1000)
  const many = await median(9, () => deliver(200, '/registry/pods/default/a'))
  row('200 commits at once, until all have them', many, (200 * watchers * 1000) / many)
  const other = await median(999, () => store.commit([], [put('/registry/leases/a')]))
  row('one commit that concerns none of them', other)
  abort.abort()
  await Promise.all(running)
}

const directory = await mkdtemp(join(tmpdir(), 'knarr-bench-'))
let opened = 0
try {
  console.log(`node bench/store.ts ${phaseMs / 1000}`)
  console.log(`Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model.trim()}`)
  await benchCommits('durable', () =>
    openDurableStore({ directory: join(directory, `${opened++}`), clock: systemClock }),
  )
  await benchCommits('memory', async () => createMemoryStore({ clock: systemClock }))

  const filled = { directory: join(directory, 'filled'), clock: systemClock }
  {
    await using store = await openDurableStore(filled)
    await fill(store, 100_000)
    await benchReads(store, 100_000)
  }
  head('recovery', 'median ms')
  const recovery = await median(3, async () => {
    await using _store = await openDurableStore(filled)
  })
  row('open and close a durable store of 100,000 values', recovery)
  await benchWatches(1000)
} finally {
  await rm(directory, { recursive: true })
}
