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
 * A new cluster from a snapshot; the original goes on by itself.
 * @throws KnarrError `BadSnapshot` for a damaged file, or one that comes to another end.
 */
export async function restoreSnapshot(
  file: Uint8Array,
  world: SimClusterWorld,
): Promise<SimCluster> {
  const content = decodeSnapshot<SimClusterOptions, WarmState>(file)
  if (content.type === 'Warm') return createSimCluster(content.options, world, content.state)
  const cluster = await createSimCluster(content.options, world)
  try {
    await replay(cluster, content.journal, content.atMs)
    const digest = await cluster.pacer.enter(async () => cluster.history.hash())
    if (digest !== content.digest) throw divergence()
  } catch (error) {
    await cluster[Symbol.asyncDispose]()
    throw error
  }
  return cluster
}

async function replay(
  { inputs, pacer, clock, time, objects }: SimCluster,
  journal: readonly JournalEntry[],
  atMs: number,
): Promise<void> {
  time.isReplaying = true
  for (const { atMs: dueMs, input } of journal) {
    await pacer.advance(dueMs - clock.monotonicMs())
    await inputs.replay(input)
  }
  await pacer.advance(atMs - clock.monotonicMs())
  time.isReplaying = false
  time.follow(objects.get(clocks, { name: clockName })?.spec ?? { paused: true })
}

function divergence(): KnarrError {
  return new KnarrError('BadSnapshot', 'the replay came to another end than the original', {
    hint: 'Was it taken by another version of knarr? A warm snapshot does not depend on it.',
  })
}
