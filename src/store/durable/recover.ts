import { createMvcc, type Mvcc } from '../mvcc/mvcc.ts'
import type { StoredValue } from '../store.ts'
import {
  afterCommits,
  afterValues,
  commitName,
  commitPrefix,
  type Disk,
  readBaseMarker,
  readClosedMarker,
  revisionOf,
  valuePrefix,
} from './disk.ts'
import { corrupt, decodeBase, decodeCommit, withBefore } from './records.ts'

const batchSize = 1000

/** Reads the base and replays the commits after it, verifying every record and their sequence. */
export async function recover(disk: Disk): Promise<Mvcc> {
  const marker = await readBaseMarker(disk)
  const values: StoredValue[] = []
  for await (const [name, record] of entries(disk, valuePrefix, afterValues)) {
    values.push(decodeBase(name, record, name.slice(valuePrefix.length)))
  }
  if (values.length !== marker.count) {
    throw corrupt(`its base holds ${values.length} values instead of ${marker.count}`)
  }
  const mvcc = createMvcc({ revision: marker.revision, values })
  for await (const [name, record] of entries(disk, commitPrefix, afterCommits)) {
    const revision = revisionOf(name)
    if (revision !== mvcc.revision + 1) {
      throw corrupt(`commit ${commitName(mvcc.revision + 1)} is missing before ${name}`)
    }
    const changes = decodeCommit(name, record, revision).map((change) =>
      Object.freeze(withBefore(change, mvcc.get(change.key))),
    )
    mvcc.publish(Object.freeze({ revision, changes: Object.freeze(changes) }))
  }
  const closedAt = await readClosedMarker(disk)
  if (mvcc.revision < closedAt) {
    throw corrupt(`its newest commits are missing, ${mvcc.revision + 1} to ${closedAt}`)
  }
  return mvcc
}

/** In batches: one call into LevelDB for each entry would take several times as long. */
async function* entries(disk: Disk, first: string, end: string): AsyncGenerator<[string, Buffer]> {
  const iterator = disk.iterator({ gte: first, lt: end, fillCache: false })
  try {
    for (;;) {
      const batch = await iterator.nextv(batchSize)
      if (batch.length === 0) return
      yield* batch
    }
  } finally {
    await iterator.close()
  }
}
