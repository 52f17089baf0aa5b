import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { KnarrError, messageOf } from '#lib'
import type { Key, Revision } from '../store.ts'
import { corrupt } from './records.ts'

/**
 * The LevelDB under a durable store, and the names in it:
 *
 *     m/format         what this page describes
 *     m/base           the revision that the base stands at, and how many values it holds
 *     m/closed         the newest revision when the store was last closed in good order
 *     k/KEY            the base: each value that lived at that revision
 *     c/REVISION       the commits after it, one each, without gap
 */
export type Disk = ClassicLevel<string, Buffer>

/** What a batch does to one name. */
export type DiskWrite =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string }

export interface BaseMarker {
  readonly revision: Revision
  readonly count: number
}

export const formatName = 'm/format'
export const baseName = 'm/base'
export const closedName = 'm/closed'
export const valuePrefix = 'k/'
export const commitPrefix = 'c/'
const format = 1

// The last names of a prefix sort before the prefix with its slash counted up.
export const afterValues = 'k0'
export const afterCommits = 'c0'

/** Safe integers have at most 14 hexadecimal digits. */
export function commitName(revision: Revision): string {
  return commitPrefix + revision.toString(16).padStart(14, '0')
}

export function revisionOf(name: string): Revision {
  return Number.parseInt(name.slice(commitPrefix.length), 16)
}

export function valueName(key: Key): string {
  return valuePrefix + key
}

/** Opens the database, alone: readable by its owner only, and by no second process at once. */
export async function openDisk(directory: string): Promise<Disk> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  const disk = new ClassicLevel<string, Buffer>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'buffer',
  })
  try {
    await disk.open()
  } catch (error) {
    throw openingError(directory, error)
  }
  try {
    await checkFormat(disk, directory)
    await closeToOthers(directory)
    return disk
  } catch (error) {
    await disk.close()
    throw error
  }
}

/** Writes a marker of the format into an empty database. */
async function checkFormat(disk: Disk, directory: string): Promise<void> {
  const marker = await disk.get(formatName)
  if (marker !== undefined) {
    const found = marker.toString()
    if (found === String(format)) return
    throw new KnarrError(
      'StoreUnknownFormat',
      `${directory} holds format ${JSON.stringify(found)} of the store; this knarr knows format ${format}`,
      { hint: 'Start the version of knarr that wrote it.' },
    )
  }
  const [name] = await disk.keys({ limit: 1 }).all()
  if (name !== undefined) {
    throw new KnarrError(
      'StoreUnknownFormat',
      `${directory} holds a database that is not knarr's`,
      {
        hint: 'Choose another data directory.',
      },
    )
  }
  await disk.batch(
    [
      { type: 'put', key: formatName, value: Buffer.from(String(format)) },
      { type: 'put', key: baseName, value: encodeBaseMarker({ revision: 1, count: 0 }) },
    ],
    { sync: true },
  )
}

export function encodeBaseMarker(marker: BaseMarker): Buffer {
  return Buffer.from(JSON.stringify(marker))
}

export async function readBaseMarker(disk: Disk): Promise<BaseMarker> {
  const marker = await disk.get(baseName)
  if (marker === undefined) throw corrupt('the marker of its base is missing')
  try {
    return JSON.parse(marker.toString())
  } catch (error) {
    throw corrupt('the marker of its base is unreadable', error)
  }
}

/**
 * LevelDB drops damaged records at the end of its log without a word, because a crash leaves such
 * ones: writes that were never acknowledged. After closing in good order there are none, so that
 * what is missing then is damage. After a crash the two cannot be told apart.
 */
export async function writeClosedMarker(disk: Disk, revision: Revision): Promise<void> {
  await disk.put(closedName, Buffer.from(String(revision)), { sync: true })
}

export async function readClosedMarker(disk: Disk): Promise<Revision> {
  return Number((await disk.get(closedName))?.toString() ?? 0)
}

/**
 * LevelDB creates files by the process's umask, which containers started from here share; so the
 * directory is what keeps others out, and the files follow when the store opens.
 */
async function closeToOthers(directory: string): Promise<void> {
  const names = await readdir(directory)
  // A table may vanish under a compaction in the background.
  await Promise.all(names.map((name) => chmod(join(directory, name), 0o600).catch(ignoreMissing)))
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

function openingError(directory: string, error: unknown): KnarrError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'LEVEL_LOCKED') {
    return new KnarrError('StoreInUse', `${directory} is in use by another knarr`, {
      hint: 'Stop it with `knarr down`, or choose another --data-dir.',
      cause,
    })
  }
  if (code === 'LEVEL_CORRUPTION') return corrupt(messageOf(cause), cause)
  return new KnarrError(
    'StoreUnavailable',
    `cannot open the store in ${directory}: ${messageOf(cause)}`,
    {
      cause,
    },
  )
}

/** A failure of LevelDB after opening. */
export function diskError(error: unknown): KnarrError {
  if (error instanceof KnarrError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'LEVEL_CORRUPTION') return corrupt(messageOf(error), error)
  return new KnarrError('StoreFailed', `the store cannot use its disk: ${messageOf(error)}`, {
    hint: 'Check the disk (space, health), then start knarr again: everything acknowledged is kept.',
    cause: error,
  })
}
