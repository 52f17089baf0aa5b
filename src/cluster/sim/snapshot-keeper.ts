import { createHash } from 'node:crypto'
import { type Snapshot, type SnapshotStatus, snapshots } from '#api'
import { messageOf } from '#lib'
import { formatTime, type Stored } from '#machinery'
import type { SimCluster } from './sim-cluster.ts'
import { takeSnapshot } from './snapshot.ts'

/** Snapshots whose content is kept at once; the oldest is let go. */
const keptContents = 16

/** The contents of Snapshot objects, by name. */
export type SnapshotContents = Map<string, Uint8Array>

/**
 * Takes the snapshots that Snapshot objects ask for. It stands outside of the simulation, and what
 * it writes is input like any other: a replay must not take them again.
 */
export async function keepSnapshots(cluster: SimCluster, signal: AbortSignal): Promise<void> {
  const { client } = cluster
  const { resourceVersion } = await client.list(snapshots)
  try {
    for await (const event of client.watch(snapshots, { resourceVersion }, signal)) {
      if (event.type === 'BOOKMARK') continue
      const { object } = event
      if (event.type === 'DELETED') cluster.snapshots.delete(object.metadata.name)
      else if (object.status?.phase === 'Pending') await take(cluster, object)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function take(cluster: SimCluster, snapshot: Stored<Snapshot>): Promise<void> {
  const { client, snapshots: contents } = cluster
  const { name } = snapshot.metadata
  let status: SnapshotStatus
  try {
    const content = await takeSnapshot(cluster, snapshot.spec.type === 'Warm' ? 'Warm' : 'Exact')
    contents.set(name, content)
    const [oldest] = contents.keys()
    if (contents.size > keptContents && oldest !== undefined) contents.delete(oldest)
    status = statusOf(cluster, content)
  } catch (error) {
    status = { phase: 'Failed', message: messageOf(error) }
  }
  await client.update(snapshots, { ...snapshot, status }, { subresource: 'status' })
}

function statusOf({ clock, history }: SimCluster, content: Uint8Array): SnapshotStatus {
  return {
    phase: 'Ready',
    revision: history.revision,
    time: formatTime(clock.wallMs()),
    sizeBytes: content.length,
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  }
}
