import { link, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { KnarrError, systemRandom } from '#lib'
import type { Revision } from '../contract/store.ts'
import { type Backup, readBackup } from './backup.ts'
import { addDigest, digestOf } from './digest.ts'
import {
  baseName,
  encodeBaseMarker,
  format,
  formatName,
  type LevelDisk,
  valueName,
} from './disk.ts'
import { directoryNames, readIfPresent, syncDirectory, writeDurably } from './files.ts'
import { writeStoreIdentity } from './identity.ts'
import { createMark, readMark } from './mark.ts'
import { openingError, openLevel, type StorePlace } from './open-disk.ts'
import { encodeBase } from './records.ts'

export interface RestoreOptions extends StorePlace {
  readonly file: string
  /** Puts a store aside that is there, and takes a backup of another cluster; default: refuses both. */
  readonly force?: boolean
  /** How far revisions go on above the newest one that is known. */
  readonly bumpRevision: Revision
}

/** A restored store is told by its revision and size. */
export interface RestoredStore {
  /** The revision that the store goes on from. */
  readonly revision: Revision
  readonly values: number
  /** Where the store is now that was there before. */
  readonly putAside: string | undefined
}

const batchSize = 1000

/**
 * Makes a store from a backup. Its revisions go on above all that clients may have seen, and those
 * before count as compacted, as after upstream's `etcdutl snapshot restore --bump-revision
 * --mark-compacted`: no resourceVersion is used twice, and watches of old ones are answered 410.
 *
 * Errors: `BadBackup`, `StoreNotEmpty` and `StoreOfAnotherCluster` unless forced, `StoreInUse`.
 */
export async function restoreStore(options: RestoreOptions): Promise<RestoredStore> {
  const { directory, file, bumpRevision } = options
  const backup = await readBackup(file)
  await requirePlace(options, backup)
  const reached = await readMark(directory).catch(() => 0)
  const revision = Math.max(backup.revision, reached) + bumpRevision
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 })
  const draft = await mkdtemp(`${directory}.restoring-`)
  try {
    // A forced backup may not know whose it is.
    const id = backup.id || systemRandom.uuid()
    await build({ directory, draft, id }, backup, revision)
    const putAside = await exchange(directory, draft)
    if (options.boundBy && (await readIfPresent(options.boundBy))) {
      await writeDurably(options.boundBy, Buffer.from(`${id}\n`))
    }
    return { revision, values: backup.values.length, putAside }
  } catch (error) {
    throw openingError(directory, error)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function requirePlace(
  { directory, boundBy, force }: RestoreOptions,
  { id }: Backup,
): Promise<void> {
  if (force === true) return
  if ((await directoryNames(directory)).length > 0) {
    throw new KnarrError('StoreNotEmpty', `there is a store in ${directory}`, {
      hint: 'With --force it is put aside, and the backup takes its place.',
    })
  }
  const bound = boundBy && (await readIfPresent(boundBy))?.toString().trim()
  if (!bound || bound === id) return
  throw new KnarrError(
    'StoreOfAnotherCluster',
    `the backup is one of the cluster ${id}, but the keys in the data directory belong to ${bound}`,
    { hint: 'With --force it is taken all the same; credentials in it may not fit the keys.' },
  )
}

interface Building {
  readonly directory: string
  readonly draft: string
  readonly id: string
}

async function build(
  { directory, draft, id }: Building,
  { values }: Backup,
  revision: Revision,
): Promise<void> {
  // The lock belongs to the file: with the old store's, nobody has that one open, or can open it now.
  await link(join(directory, 'LOCK'), join(draft, 'LOCK')).catch(() => {})
  {
    await using disk = await openLevel(draft, true)
    await writeValues(disk, values)
    const digest = values.reduce((sum, value) => addDigest(sum, digestOf(value)), 0)
    const marker = encodeBaseMarker({ revision, count: values.length, digest })
    await disk.batch(
      [
        { type: 'put', key: formatName, value: Buffer.from(String(format)) },
        { type: 'put', key: baseName, value: marker },
      ],
      { sync: true },
    )
  }
  await createMark(draft, revision)
  await writeStoreIdentity(draft, { format, id, state: 'ready' })
}

async function writeValues(disk: LevelDisk, values: Backup['values']): Promise<void> {
  for (let at = 0; at < values.length; at += batchSize) {
    await disk.batch(
      values.slice(at, at + batchSize).map((value) => {
        const key = valueName(value.key)
        return { type: 'put' as const, key, value: encodeBase(key, value) }
      }),
    )
  }
}

/** Puts the new store in the place of the old one; where that is now. */
async function exchange(directory: string, draft: string): Promise<string | undefined> {
  const hadStore = (await directoryNames(directory)).length > 0
  const putAside = hadStore ? await freeName(`${directory}.before-restore`) : undefined
  if (putAside) await rename(directory, putAside)
  await rename(draft, directory)
  await syncDirectory(dirname(directory))
  return putAside
}

async function freeName(stem: string): Promise<string> {
  const taken = await directoryNames(dirname(stem))
  for (let at = 1; ; at++) {
    if (!taken.some((name) => join(dirname(stem), name) === `${stem}-${at}`)) return `${stem}-${at}`
  }
}
