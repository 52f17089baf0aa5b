import type { KnarrError } from '#lib'
import type { Commit, Revision, StoredValue } from '../contract/store.ts'
import { createMvcc, emptySnapshot, type Mvcc } from '../mvcc/mvcc.ts'
import { addDigest, changeOfDigest, digestOf } from './digest.ts'
import {
  afterCommits,
  afterValues,
  type BaseMarker,
  commitName,
  commitPrefix,
  diskError,
  type LevelDisk,
  readBaseMarker,
  revisionOfKey,
  valuePrefix,
} from './disk.ts'
import { corrupt, decodeBase, decodeCommit, type LoggedChange, withBefore } from './records.ts'

const batchSize = 1000

/** What is read from a disk, in this order: the base, then each commit after it. */
export interface RecordVisitor {
  base(revision: Revision, values: readonly StoredValue[]): void
  commit(revision: Revision, changes: readonly LoggedChange[]): void
  /** Takes note of damage; what is damaged is left out, unless this throws. */
  damage(error: KnarrError): void
}

export interface Recovered {
  readonly mvcc: Mvcc
  readonly base: BaseMarker
  /** The commits after the base, by revision: what each of them adds to the digest. */
  readonly digests: Map<Revision, number>
}

/**
 * Reads the base and replays the commits after it, verifying every record, their sequence, and that
 * they reach `mark`. @throws KnarrError `StoreCorrupt`
 */
export async function recover(disk: LevelDisk, mark: Revision): Promise<Recovered> {
  let mvcc = createMvcc(emptySnapshot)
  const digests = new Map<Revision, number>()
  const base = await readRecords(disk, mark, {
    base(revision, values) {
      mvcc = createMvcc({ revision, values })
    },
    commit(revision, logged) {
      const changes = logged.map((change) =>
        Object.freeze(withBefore(change, mvcc.get(change.key))),
      )
      const commit: Commit = Object.freeze({ revision, changes: Object.freeze(changes) })
      mvcc.publish(commit)
      digests.set(revision, changeOfDigest(commit))
    },
    damage(error) {
      throw error
    },
  })
  return { mvcc, base, digests }
}

/** Shows every record to `visitor` and returns the marker of the base, with its digest. */
export async function readRecords(
  disk: LevelDisk,
  mark: Revision,
  visitor: RecordVisitor,
): Promise<BaseMarker> {
  const base = await readBase(disk, visitor)
  let newest = base.revision
  await eachRecord(disk, [commitPrefix, afterCommits], visitor, (name, record) => {
    const revision = revisionOfKey(name)
    if (revision !== newest + 1) {
      visitor.damage(corrupt(`commit ${commitName(newest + 1)} is missing before ${name}`))
    }
    newest = revision
    visitor.commit(revision, decodeCommit(name, record, revision))
  })
  if (newest < mark) {
    visitor.damage(corrupt(`its newest commits are missing, ${newest + 1} to ${mark}`))
  }
  return base
}

async function readBase(disk: LevelDisk, visitor: RecordVisitor): Promise<BaseMarker> {
  const values: StoredValue[] = []
  const marker = await markerOrDamage(disk, visitor)
  await eachRecord(disk, [valuePrefix, afterValues], visitor, (name, record) => {
    values.push(decodeBase(name, record, name.slice(valuePrefix.length)))
  })
  const found = values.reduce((sum, value) => addDigest(sum, digestOf(value)), 0)
  // A value may be whole and still be an old one, from before something in the middle was lost.
  if (marker && values.length !== marker.count) {
    visitor.damage(corrupt(`its base holds ${values.length} values instead of ${marker.count}`))
  } else if (marker && (marker.digest ?? found) !== found) {
    visitor.damage(corrupt('its base holds values of other revisions than it should'))
  }
  const newest = values.reduce((most, { modified }) => Math.max(most, modified), 1)
  const base = { revision: marker?.revision ?? newest, count: values.length, digest: found }
  visitor.base(base.revision, values)
  return base
}

async function markerOrDamage(
  disk: LevelDisk,
  { damage }: RecordVisitor,
): Promise<BaseMarker | undefined> {
  try {
    return await readBaseMarker(disk)
  } catch (error) {
    damage(diskError(error))
    return undefined
  }
}

/** In batches: one call into LevelDB for each entry would take several times as long. */
async function eachRecord(
  disk: LevelDisk,
  [first, end]: readonly [string, string],
  { damage }: RecordVisitor,
  take: (name: string, record: Buffer) => void,
): Promise<void> {
  await using iterator = disk.iterator({ gte: first, lt: end, fillCache: false })
  for (;;) {
    const batch = await nextBatch(iterator, damage)
    if (batch.length === 0) return
    for (const [name, record] of batch) {
      try {
        take(name, record)
      } catch (error) {
        damage(diskError(error))
      }
    }
  }
}

interface RecordIterator {
  nextv(size: number): Promise<[string, Buffer][]>
}

async function nextBatch(
  iterator: RecordIterator,
  damage: RecordVisitor['damage'],
): Promise<readonly [string, Buffer][]> {
  try {
    return await iterator.nextv(batchSize)
  } catch (error) {
    damage(diskError(error))
    return []
  }
}
