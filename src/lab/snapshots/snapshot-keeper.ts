import { createHash } from 'node:crypto'
import { type Snapshot, type SnapshotStatus, snapshots } from '#api'
import type { Client } from '#client'
import { messageOf } from '#lib'
import { formatTime, type Stored } from '#machinery'
import { isConflict, isNotFound, StatusError } from '#machinery/status'
import {
  type SnapshotSource,
  type SourceOptions,
  type SourceState,
  takeSnapshot,
} from './snapshot.ts'

/** The most contents kept at once; the oldest is dropped. */
const maxContents = 16

/** A simulated cluster with the contents of its Snapshot objects. */
export interface SnapshotCluster extends SnapshotSource<SourceOptions, SourceState> {
  /** The administrator, whose writes are input like any other. */
  readonly client: Client
  /** The contents of Snapshot objects, by their names. */
  readonly snapshots: Map<string, Uint8Array>
}

/**
 * Takes the snapshots that Snapshot objects ask for. It stands outside of the simulation, and what
 * it writes is input like any other: a replay must not take them again.
 */
export async function keepSnapshots(cluster: SnapshotCluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await listAndWatch(cluster, signal)
    } catch (error) {
      if (!signal.aborted && !(error instanceof StatusError)) throw error
    }
  }
}

/** Returns when the watch ends, as the server ends each of them at some time. */
async function listAndWatch(cluster: SnapshotCluster, signal: AbortSignal): Promise<void> {
  const { client, snapshots: contents } = cluster
  const { items, resourceVersion } = await client.list(snapshots)
  const names = new Set(items.map(({ metadata }) => metadata.name))
  for (const name of contents.keys()) if (!names.has(name)) contents.delete(name)
  for (const each of items) await takeIfPending(cluster, each)
  for await (const event of client.watch(snapshots, { resourceVersion }, signal)) {
    if (event.type === 'DELETED') contents.delete(event.object.metadata.name)
    else if (event.type !== 'BOOKMARK') await takeIfPending(cluster, event.object)
  }
}

async function takeIfPending(cluster: SnapshotCluster, snapshot: Stored<Snapshot>): Promise<void> {
  if (snapshot.status?.phase !== 'Pending') return
  try {
    await take(cluster, snapshot)
  } catch (error) {
    // It was deleted, or changed by somebody else, meanwhile.
    if (!isNotFound(error) && !isConflict(error)) throw error
    if (isNotFound(error)) cluster.snapshots.delete(snapshot.metadata.name)
  }
}

async function take(cluster: SnapshotCluster, snapshot: Stored<Snapshot>): Promise<void> {
  const { client, snapshots: contents } = cluster
  const { name } = snapshot.metadata
  let status: SnapshotStatus
  try {
    const content = await takeSnapshot(cluster, snapshot.spec.type === 'Warm' ? 'Warm' : 'Exact')
    contents.set(name, content)
    const [oldest] = contents.keys()
    if (contents.size > maxContents && oldest !== undefined) contents.delete(oldest)
    status = statusOf(cluster, content)
  } catch (error) {
    status = { phase: 'Failed', message: messageOf(error) }
  }
  await client.update(snapshots, { ...snapshot, status }, { subresource: 'status' })
}

function statusOf({ clock, revision }: SnapshotCluster, content: Uint8Array): SnapshotStatus {
  return {
    phase: 'Ready',
    revision: revision(),
    time: formatTime(clock.wallMs()),
    sizeBytes: content.length,
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  }
}
