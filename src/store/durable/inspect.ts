import { ClassicLevel } from 'classic-level'
import type { Key, Revision, StoredValue } from '../contract/store.ts'
import { byKey } from '../mvcc/stage.ts'
import { formatName, type LevelDisk } from './disk.ts'
import { identityMissing, readStoreIdentity } from './identity.ts'
import { checkLogs } from './log-check.ts'
import { readMark } from './mark.ts'
import { openingError, openLevel } from './open-disk.ts'
import { readRecords } from './recover.ts'
import { takeView } from './view.ts'

/** A report says what a store holds, and everything in it that is damaged. */
export interface StoreReport {
  /** Of the cluster; undefined when that cannot be read. */
  readonly id: string | undefined
  readonly revision: Revision
  /** The oldest revision that can be read. */
  readonly compactRevision: Revision
  /** The high-water mark; undefined when it cannot be read. */
  readonly mark: Revision | undefined
  readonly values: number
  readonly commits: number
  /** What is wrong, each in the words in which opening the store would refuse it. */
  readonly damage: readonly string[]
}

export interface Inspected {
  readonly report: StoreReport
  /** What can be read, in key order. */
  readonly values: readonly StoredValue[]
}

/**
 * Reads all of a store, in use or not, without changing anything in it: every record's checksum,
 * the order of revisions, and that they reach the high-water mark.
 */
export async function inspect(directory: string): Promise<Inspected> {
  await using view = await takeView(directory)
  const damage: string[] = []
  const noteDamage = (error: unknown): undefined => {
    const { message } = openingError(directory, error)
    damage.push(message.replaceAll(view.directory, directory))
  }
  const attempt = async <T>(what: Promise<T>): Promise<T | undefined> => {
    try {
      return await what
    } catch (error) {
      return noteDamage(error)
    }
  }
  const identity = await attempt(readStoreIdentity(view.directory))
  await attempt(checkLogs(view.directory))
  await using disk = await openAnyhow(view.directory, noteDamage)
  // Format 1 had neither.
  const isOld = (await disk.get(formatName))?.toString() === '1'
  if (identity === undefined && !isOld) noteDamage(identityMissing())
  const mark = isOld ? undefined : await attempt(readMark(view.directory))
  const values = new Map<Key, StoredValue>()
  const state = { revision: 1, commits: 0 }
  const base = await readRecords(disk, mark ?? 0, {
    base(revision, found) {
      state.revision = revision
      for (const value of found) values.set(value.key, value)
    },
    commit(revision, changes) {
      state.revision = revision
      state.commits++
      for (const { key, after } of changes) {
        if (after) values.set(key, after)
        else values.delete(key)
      }
    },
    damage: noteDamage,
  })
  const report = {
    id: identity?.id,
    revision: state.revision,
    compactRevision: base.revision,
    mark,
    values: values.size,
    commits: state.commits,
    damage,
  }
  return { report, values: [...values.values()].toSorted(byKey) }
}

/** Opens a copy, as LevelDB itself repairs it if it must. */
async function openAnyhow(
  directory: string,
  noteDamage: (error: unknown) => void,
): Promise<LevelDisk> {
  try {
    return await openLevel(directory, false)
  } catch (error) {
    noteDamage(error)
    await ClassicLevel.repair(directory)
    return openLevel(directory, true)
  }
}
