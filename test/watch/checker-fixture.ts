import type { ApiServer } from '#apiserver'
import { createVirtualClock, type Random, randomInt, seededRandom, systemClock } from '#lib'
import type { Store } from '#store'
import { startAttacked } from '../scenarios/apiserver/hostile-fixture.ts'
import { ask } from './requests-fixture.ts'
import { createCheckedWatcher, nameOf } from './watcher-fixture.ts'
import { createWriteLog, revisionOf, type WriteLog } from './writes-fixture.ts'

/** What was done, and what went wrong about it. */
export interface WatchReport {
  readonly faults: readonly string[]
  readonly writes: number
  readonly conflicts: number
  readonly events: number
  readonly relists: number
}

/** A kind that is written and watched. */
export interface CheckedKind {
  readonly apiVersion: string
  readonly kind: string
  readonly path: string
  /** The member whose `n` counts the updates. */
  readonly member: 'data' | 'open'
}

interface Options {
  readonly store: Store
  readonly kind: CheckedKind
  readonly seed: string
  /** Of each writer. */
  readonly writes: number
  /** How often the server is made anew on the same store, every other time with its history cut off. */
  readonly disturbances: number
}

const names = ['a', 'b', 'c', 'd', 'e']
const writers = 4
const watchers = 4

/**
 * Writes with compare-and-swap from several sides, follows what is written by lists and watches, cuts history off
 * and starts the server again in between, and tells what no client should ever see.
 */
export async function checkWatches(options: Options): Promise<WatchReport> {
  const { store, kind, seed, disturbances } = options
  const random = seededRandom(seed)
  const virtualClock = createVirtualClock()
  const open = () => startAttacked({ store, virtualClock })
  let api = await open()
  const faults: string[] = []
  const log = createWriteLog()
  /** Half of the watchers are held up at times, until history has been cut off behind them. */
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const watching = Array.from({ length: watchers }, (_, index) =>
    createCheckedWatcher({
      name: `watcher ${index}`,
      api: () => api,
      target: kind.path,
      countOf: (object) => countOf(kind, object),
      random: random.fork(`watcher ${index}`),
      report: (fault) => faults.push(fault),
      pause: pausesAt(
        index % 2 === 0 ? () => gate.promise : undefined,
        random.fork(`pause ${index}`),
      ),
    }),
  )
  const running = watching.map((watcher) => watcher.run())
  const counts = { conflicts: 0 }
  for (let round = 0; round <= disturbances; round++) {
    const isCut = round % 2 === 0 && round < disturbances
    if (isCut) {
      gate = Promise.withResolvers()
      for (const watcher of watching) watcher.cutOff()
    }
    await writeSome(() => api, { ...options, log, counts, random: random.fork(`writers ${round}`) })
    if (round === disturbances) break
    if (isCut) await store.compact(await store.currentRevision())
    await api[Symbol.asyncDispose]()
    api = await open()
    for (const watcher of watching) watcher.cutOff()
    gate.resolve()
  }
  const final = await ask(api, 'GET', kind.path)
  const wanted = new Map(
    final.items.map((item) => [
      nameOf(item),
      { n: countOf(kind, item), revision: Number(item.metadata?.resourceVersion) },
    ]),
  )
  await eventually(() => watching.every(({ held }) => isSame(held, wanted)))
  for (const [index, watcher] of watching.entries()) {
    if (!isSame(watcher.held, wanted))
      faults.push(`watcher ${index} holds something else at the end`)
    watcher.stop()
  }
  await Promise.all(running)
  await api[Symbol.asyncDispose]()
  const sum = (of: (watcher: (typeof watching)[number]) => number) =>
    watching.reduce((total, watcher) => total + of(watcher), 0)
  return {
    faults: [...faults, ...log.faults()],
    writes: log.count,
    conflicts: counts.conflicts,
    events: sum(({ events }) => events),
    relists: sum(({ relists }) => relists),
  }
}

interface Writing extends Options {
  readonly log: WriteLog
  readonly counts: { conflicts: number }
  readonly random: Random
}

async function writeSome(api: () => ApiServer, writing: Writing): Promise<void> {
  const each = Array.from({ length: writers }, async (_, index) => {
    const random = writing.random.fork(`writer ${index}`)
    const pause = pauses(random)
    for (let left = writing.writes; left > 0; left--) {
      await writeOne(api(), writing, random, pause)
      await pause()
    }
  })
  await Promise.all(each)
}

async function writeOne(
  api: ApiServer,
  { kind: checked, log, counts }: Writing,
  random: Random,
  pause: () => Promise<void>,
): Promise<void> {
  const { apiVersion, kind, path, member } = checked
  const name = names[randomInt(random, names.length)] ?? ''
  const target = `${path}/${name}`
  const found = await ask(api, 'GET', target)
  await pause()
  if (found.status === 404) {
    const object = { apiVersion, kind, metadata: { name }, [member]: { n: '0' } }
    const made = await ask(api, 'POST', path, object)
    if (made.status === 201) log.created(name, revisionOf(made))
    else counts.conflicts++
    return
  }
  const from = revisionOf(found)
  if (randomInt(random, 8) === 0) {
    const preconditions = { resourceVersion: String(from) }
    const gone = await ask(api, 'DELETE', target, { preconditions })
    if (gone.status === 200) log.deleted(name, from)
    else counts.conflicts++
    return
  }
  const n = String(countOf(checked, found.body) + 1)
  const put = await ask(api, 'PUT', target, { ...found.body, [member]: { n } })
  if (put.status === 200) log.updated(name, from, revisionOf(put))
  else counts.conflicts++
}

function countOf({ member }: CheckedKind, object: object | undefined): number {
  // Cast: the objects of these kinds carry their count so.
  const counted = object as { readonly [name: string]: { readonly n?: string } | undefined }
  return Number(counted?.[member]?.n)
}

/** Lets others go on for a while, no two times the same. */
function pauses(random: Random): () => Promise<void> {
  return pausesAt(undefined, random)
}

/** The same, once a gate is open. */
function pausesAt(gate: (() => Promise<void>) | undefined, random: Random): () => Promise<void> {
  return async () => {
    await gate?.()
    for (let turns = randomInt(random, 6); turns > 0; turns--) await systemClock.turn()
  }
}

function isSame(some: ReadonlyMap<string, object>, others: ReadonlyMap<string, object>): boolean {
  const text = (map: ReadonlyMap<string, object>) => JSON.stringify([...map].toSorted())
  return text(some) === text(others)
}

const limitMs = 30_000

async function eventually(isSo: () => boolean): Promise<void> {
  const start = systemClock.monotonicMs()
  while (!isSo() && systemClock.monotonicMs() - start < limitMs) await systemClock.turn()
}

/** A kind of the server's own, and one that a definition brought. */
export const checkedKinds: readonly CheckedKind[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    path: '/api/v1/namespaces/default/configmaps',
    member: 'data',
  },
  {
    apiVersion: 'example.com/v1',
    kind: 'Trap',
    path: '/apis/example.com/v1/namespaces/default/traps',
    member: 'open',
  },
]
