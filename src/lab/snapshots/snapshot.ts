import { clockName, clocks } from '#api'
import type { ApiServer } from '#apiserver'
import type { History } from '#history'
import { KnarrError, type VirtualClock, type VirtualClockState } from '#lib'
import type { PlannedEntry, TimeDriver } from '#sim'
import type { VirtualTime } from '../clock/virtual-time.ts'
import type { Inputs } from '../journal/inputs.ts'
import type { Journal, JournalEntry } from '../journal/journal.ts'
import { decodeSnapshot, encodeSnapshot, type SnapshotContent } from './snapshot-file.ts'

/**
 * `Exact` is the seed and a journal of all inputs: replayed, it goes on byte for byte as the
 * original would. `Warm` is the state of everything below the components, which start over it as
 * after a crash: at once, but not byte for byte.
 */
export type SnapshotType = 'Exact' | 'Warm'

/** What snapshots need to know of the options that a simulated cluster was made with. */
export interface SourceOptions {
  /** Wall time at the start, in milliseconds since 1970. */
  readonly startWallMs: number
}

/** What snapshots need to know of a warm state; to them the rest of it is just data. */
export interface SourceState {
  readonly clock: VirtualClockState
}

/** A simulated cluster, as far as a snapshot of it is concerned. */
export interface SnapshotSource<Options extends SourceOptions, State extends SourceState>
  extends AsyncDisposable {
  readonly options: Options
  /** The warm state that it began with. */
  readonly base: State | undefined
  readonly clock: VirtualClock
  readonly timeDriver: TimeDriver
  readonly time: VirtualTime
  readonly inputs: Inputs
  readonly journal: Journal
  readonly history: History
  readonly objects: ApiServer['objects']
  /** The revision of the newest write. */
  readonly revision: () => number
  /** Everything as data; only at a quiescent point, so inside `timeDriver.enter`. */
  save(): State
}

type AnySource = SnapshotSource<SourceOptions, SourceState>

/** Takes a snapshot of a cluster at its next quiescent point. */
export async function takeSnapshot(cluster: AnySource, type: SnapshotType): Promise<Uint8Array> {
  if (type !== 'Exact' && type !== 'Warm') {
    throw new KnarrError('BadSnapshotType', `there are Exact and Warm snapshots, not ${type}`)
  }
  return cluster.timeDriver.enter(async () => encodeSnapshot(contentOf(cluster, type)))
}

function contentOf(
  cluster: AnySource,
  type: SnapshotType,
): SnapshotContent<SourceOptions, SourceState> {
  const { options, base, journal, clock, history } = cluster
  if (type === 'Warm') return { type, options, state: cluster.save() }
  const atMs = clock.monotonicMs()
  const digest = history.hash()
  const began = base ? { base } : {}
  return { type, options, ...began, journal: journal.entries(), atMs, digest }
}

/** A point of a cluster's past, given by exactly one of these. */
export interface Point {
  /** Virtual milliseconds since the start. */
  readonly atMs?: number
  /** The cluster's wall time, in milliseconds since 1970. */
  readonly wallMs?: number
  /** The first quiescent point at which the store has reached this revision. */
  readonly revision?: number
}

/** Starts the cluster that a snapshot is restored to, over a warm state if there is one. */
export type CreateSource<
  Options extends SourceOptions,
  State extends SourceState,
  Source extends SnapshotSource<Options, State>,
> = (options: Options, state?: State) => Promise<Source>

/**
 * Makes a new cluster from a snapshot; the original goes on by itself. `to` goes only as far as a
 * point before the end, which an exact one alone can do.
 * @throws KnarrError `BadSnapshot` for a damaged file, or one that comes to another end;
 * `NoSuchPoint`
 */
export async function restoreSnapshot<
  Options extends SourceOptions,
  State extends SourceState,
  Source extends SnapshotSource<Options, State>,
>(file: Uint8Array, create: CreateSource<Options, State, Source>, to?: Point): Promise<Source> {
  const content = decodeSnapshot<Options, State>(file)
  if (content.type === 'Warm') {
    if (to) throw noSuchPoint('a warm snapshot holds one instant only; an exact one holds all')
    return create(content.options, content.state)
  }
  const end = to && resolvePoint(to, content)
  const cluster = await create(content.options, content.base)
  try {
    await replay(cluster, content, end)
    if (!end) await checkEnd(cluster, content.digest)
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
  return cluster
}

type Exact = SnapshotContent<SourceOptions, SourceState> & { readonly type: 'Exact' }

/** Times are written with three digits of a millisecond, and compared with this much tolerance. */
const toleranceMs = 0.001

interface End {
  readonly atMs?: number
  readonly revision?: number
}

function resolvePoint(point: Point, { base, options, atMs: lastMs }: Exact): End {
  const { atMs, wallMs, revision } = point
  if ([atMs, wallMs, revision].filter((each) => each !== undefined).length !== 1) {
    throw noSuchPoint('it is either an instant or a revision')
  }
  if (revision !== undefined) {
    if (Number.isInteger(revision) && revision > 0) return { revision }
    throw noSuchPoint(`${revision} is no revision`)
  }
  const firstMs = base?.clock.nowMs ?? 0
  const endMs = atMs ?? (wallMs ?? Number.NaN) - (base?.clock ?? options).startWallMs
  if (endMs >= firstMs - toleranceMs && endMs <= lastMs + toleranceMs) return { atMs: endMs }
  const range = `${firstMs / 1000} s to ${lastMs / 1000} s after the start`
  throw noSuchPoint(`the snapshot holds ${range}, and not ${endMs / 1000} s`)
}

async function checkEnd({ timeDriver, history }: AnySource, digest: string): Promise<void> {
  if ((await timeDriver.enter(async () => history.hash())) !== digest) throw divergence()
}

async function replay(
  { inputs, timeDriver, clock, time, objects, revision }: AnySource,
  { journal, atMs }: Exact,
  to: End = {},
): Promise<void> {
  const endMs = to.atMs ?? atMs
  const isReached = () => to.revision !== undefined && revision() >= to.revision
  /** Advances to the time of an input; resolves to whether the replay goes on. */
  const advanceTo = async (dueMs: number) => {
    if (dueMs > endMs + toleranceMs) return false
    return !(await timeDriver.until(isReached, Math.max(0, dueMs - clock.monotonicMs())))
  }
  time.isReplaying = true
  const kept = journal.filter(({ atMs: dueMs }) => dueMs <= endMs + toleranceMs)
  using planned = plannedEntries(inputs)
  for (const [index, entry] of kept.entries()) {
    // What came in the middle of an instant is planned, together, before time goes there.
    if (planned.add(entry) && planned.isOfSameInstant(kept[index + 1])) continue
    if (!(await advanceTo(entry.atMs))) break
    if (entry.piece === undefined) await inputs.replay(entry.input)
  }
  await advanceTo(endMs)
  if (to.revision === undefined && !planned.haveEntered()) throw divergence()
  if (to.revision !== undefined && !isReached()) {
    throw noSuchPoint(`it comes to revision ${revision()}, and not to ${to.revision}`)
  }
  time.isReplaying = false
  inputs.afterReplay()
  time.follow(objects.get(clocks, { name: clockName })?.spec ?? { paused: true })
}

/** The inputs of a journal that came in the middle of an instant. */
function plannedEntries(inputs: Inputs) {
  const entries: PlannedEntry[] = []
  let lastMs = 0
  return {
    /** Plans an input, if it is one of these. */
    add({ atMs, input, piece }: JournalEntry): boolean {
      if (piece === undefined) return false
      lastMs = atMs
      entries.push(inputs.replayAt({ atMs, piece }, input))
      return true
    },
    isOfSameInstant: (next: JournalEntry | undefined) =>
      next?.piece !== undefined && next.atMs === lastMs,
    haveEntered: () => entries.every(({ hasEntered }) => hasEntered),
    [Symbol.dispose]() {
      for (const entry of entries) entry[Symbol.dispose]()
    },
  }
}

function noSuchPoint(why: string): KnarrError {
  return new KnarrError('NoSuchPoint', `there is no such point to restore to: ${why}`)
}

function divergence(): KnarrError {
  return new KnarrError('BadSnapshot', 'the replay came to another end than the original', {
    hint: 'Was it taken by another version of knarr? A warm snapshot does not depend on it.',
  })
}
