import { clockName, clocks } from '#api'
import { KnarrError } from '#lib'
import type { JournalEntry } from './journal.ts'
import type { SimClusterOptions } from './options.ts'
import {
  createSimCluster,
  type SimCluster,
  type SimClusterWorld,
  type WarmState,
} from './sim-cluster.ts'
import { decodeSnapshot, encodeSnapshot, type SnapshotContent } from './snapshot-file.ts'
import { badPoint, endOf, type SnapshotPoint } from './snapshot-point.ts'

/**
 * `Exact` is the seed and a journal of all inputs: replayed, it goes on byte for byte as the
 * original would. `Warm` is the state of everything below the components, which start over it as
 * after a crash: at once, but not byte for byte.
 */
export type SnapshotType = 'Exact' | 'Warm'

type Content = SnapshotContent<SimClusterOptions, WarmState>

/** The cluster as it is at the next quiescent point. */
export function takeSnapshot(cluster: SimCluster, type: SnapshotType): Promise<Uint8Array> {
  return cluster.pacer.enter(async () => encodeSnapshot(contentOf(cluster, type)))
}

function contentOf(cluster: SimCluster, type: SnapshotType): Content {
  const { options, journal, clock, history } = cluster
  if (type === 'Warm') return { type, options, state: cluster.save() }
  const digest = history.hash()
  return { type, options, journal: journal.entries(), atMs: clock.monotonicMs(), digest }
}

/**
 * A new cluster from a snapshot; the original goes on by itself. An exact one can be gone on from at
 * any point that it tells of, as if nothing had come from outside since.
 * @throws KnarrError `BadSnapshot` for a damaged file, or one that comes to another end; `BadPoint`
 * for a point that it does not tell of.
 */
export async function restoreSnapshot(
  file: Uint8Array,
  world: SimClusterWorld,
  point?: SnapshotPoint,
): Promise<SimCluster> {
  const content = decodeSnapshot<SimClusterOptions, WarmState>(file)
  if (content.type === 'Warm') {
    if (point) throw badPoint('a warm one holds a single instant; take an exact one')
    return createSimCluster(content.options, world, content.state)
  }
  const { options, journal, atMs } = content
  const endMs = endOf(point, { startWallMs: options.startWallMs, endMs: atMs })
  const cluster = await createSimCluster(options, world)
  try {
    await replay(cluster, journal, endMs, point?.kind === 'revision' ? point.revision : undefined)
    const digest = await cluster.pacer.enter(async () => cluster.history.hash())
    if (!point && digest !== content.digest) throw divergence()
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
  return cluster
}

/** Does all again up to an instant, or to the first one that has a revision. */
async function replay(
  { inputs, pacer, clock, time, objects, history }: SimCluster,
  journal: readonly JournalEntry[],
  endMs: number,
  revision: number | undefined,
): Promise<void> {
  const isThere = () => revision !== undefined && history.revision >= revision
  const goTo = (dueMs: number) => pacer.until(isThere, dueMs - clock.monotonicMs())
  time.isReplaying = true
  for (const { atMs: dueMs, input } of journal) {
    if (dueMs > endMs || (await goTo(dueMs))) break
    await inputs.replay(input)
  }
  await goTo(endMs)
  if (revision !== undefined && !isThere()) {
    throw badPoint(`it ends at revision ${history.revision}, before ${revision}`)
  }
  time.isReplaying = false
  time.follow(objects.get(clocks, { name: clockName })?.spec ?? { paused: true })
}

function divergence(): KnarrError {
  return new KnarrError('BadSnapshot', 'the replay came to another end than the original', {
    hint: 'Was it taken by another version of knarr? A warm snapshot does not depend on it.',
  })
}
