import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { KnarrError, messageOf } from '#lib'
import type { Revision } from '../contract/store.ts'
import {
  baseName,
  encodeBaseMarker,
  format,
  formatName,
  type LevelDisk,
  readBaseMarker,
  tellsOfDamage,
} from './disk.ts'
import { directoryNames, draftEnding, readIfPresent, writeDurably } from './files.ts'
import {
  identityFile,
  identityMissing,
  newIdentity,
  readStoreIdentity,
  type StoreIdentity,
  writeStoreIdentity,
} from './identity.ts'
import { checkLogs } from './log-check.ts'
import { createMark, readMark } from './mark.ts'
import { corrupt } from './records.ts'

export interface StorePlace {
  /** The store's own directory. */
  readonly directory: string
  /**
   * A file elsewhere that remembers the identity of the store that belongs to it, such as one beside
   * the keys of a cluster; written when there is none.
   */
  readonly boundBy?: string
}

export interface OpenedDisk {
  readonly disk: LevelDisk
  readonly identity: StoreIdentity
  /** The commits reach at least to here, unless some were lost. */
  readonly mark: Revision
}

/**
 * Opens the database, alone: readable by its owner only, and by no second process at once. Creates
 * one only in a directory that is empty, and that no other store belongs to.
 */
export async function openDisk(place: StorePlace): Promise<OpenedDisk> {
  const { directory } = place
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await closeToOthers(directory)
    const identity = await identify(place)
    await checkLogs(directory)
    await using opened = new AsyncDisposableStack()
    const isNew = identity?.state === 'creating'
    const disk = await openLevel(directory, isNew)
    opened.defer(() => disk.close())
    const ready = await settleIdentity(directory, disk, identity)
    const mark = await readMark(directory)
    await bind(place, ready)
    await closeToOthers(directory)
    opened.move()
    return { disk, identity: ready, mark }
  } catch (error) {
    throw openingError(directory, error)
  }
}

/** Opens LevelDB in a directory that holds one, or creates it there. */
export async function openLevel(directory: string, createIfMissing: boolean): Promise<LevelDisk> {
  const disk = new ClassicLevel<string, Buffer>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'buffer',
  })
  await disk.open({ createIfMissing })
  return disk
}

/** Who the store is; undefined when what is there may be of format 1. */
async function identify({ directory, boundBy }: StorePlace): Promise<StoreIdentity | undefined> {
  const identity = await readStoreIdentity(directory)
  const bound = boundBy === undefined ? undefined : await readBinding(boundBy)
  if (identity !== undefined) {
    requireKnown(directory, String(identity.format), [String(format)])
    if (bound !== undefined && bound !== identity.id) throw ofAnother(directory, identity.id, bound)
    return identity
  }
  const names = (await directoryNames(directory)).filter((name) => !name.endsWith(draftEnding))
  if (names.includes('CURRENT')) return undefined
  if (names.length > 0)
    throw corrupt(`${directory} holds files, but neither ${identityFile} nor CURRENT`)
  if (bound !== undefined) throw gone(directory, bound)
  const created = newIdentity(format)
  await writeStoreIdentity(directory, created)
  return created
}

/** Finishes a store that is being created, and makes one of format 1 a store of this format. */
async function settleIdentity(
  directory: string,
  disk: LevelDisk,
  identity: StoreIdentity | undefined,
): Promise<StoreIdentity> {
  if (identity?.state === 'creating') await create(directory, disk)
  else await upgrade(directory, disk, identity)
  if (identity?.state === 'ready') return identity
  const ready = { ...(identity ?? newIdentity(format)), state: 'ready' } as const
  await writeStoreIdentity(directory, ready)
  return ready
}

async function create(directory: string, disk: LevelDisk): Promise<void> {
  const marker = encodeBaseMarker({ revision: 1, count: 0, digest: 0 })
  await disk.batch(
    [
      { type: 'put', key: formatName, value: Buffer.from(String(format)) },
      { type: 'put', key: baseName, value: marker },
    ],
    { sync: true },
  )
  await createMark(directory, 1)
}

async function upgrade(
  directory: string,
  disk: LevelDisk,
  identity: StoreIdentity | undefined,
): Promise<void> {
  const found = (await disk.get(formatName))?.toString()
  if (found === undefined) throw await withoutFormat(directory, disk, identity)
  requireKnown(directory, found, ['1', String(format)])
  if (found !== '1') {
    if (identity === undefined) throw identityMissing()
    return
  }
  // In format 1 the newest revision of a clean stop stood in LevelDB itself.
  const closedAt = Number((await disk.get('m/closed'))?.toString() ?? 0)
  await createMark(directory, Math.max(closedAt, (await readBaseMarker(disk)).revision))
  await disk.put(formatName, Buffer.from(String(format)), { sync: true })
}

async function withoutFormat(
  directory: string,
  disk: LevelDisk,
  identity: StoreIdentity | undefined,
): Promise<KnarrError> {
  const [name] = await disk.keys({ limit: 1 }).all()
  if (identity !== undefined || name === undefined)
    return corrupt('the marker of its format is missing')
  return new KnarrError('StoreUnknownFormat', `${directory} holds a database that is not knarr's`, {
    hint: 'Choose another data directory.',
  })
}

function requireKnown(directory: string, found: string, known: readonly string[]): void {
  if (known.includes(found)) return
  throw new KnarrError(
    'StoreUnknownFormat',
    `${directory} holds format ${JSON.stringify(found)} of the store; this knarr knows format ${format}`,
    { hint: 'Start the version of knarr that wrote it.' },
  )
}

async function readBinding(path: string): Promise<string | undefined> {
  return (await readIfPresent(path))?.toString().trim()
}

async function bind({ boundBy }: StorePlace, { id }: StoreIdentity): Promise<void> {
  if (boundBy === undefined || (await readBinding(boundBy)) !== undefined) return
  await writeDurably(boundBy, Buffer.from(`${id}\n`))
}

function gone(directory: string, id: string): KnarrError {
  return new KnarrError(
    'StoreMissing',
    `the store in ${directory} is gone: the keys beside it belong to the cluster ${id}`,
    {
      hint: 'Bring it back with `knarr store restore FILE`, or remove all of the cluster with `knarr down --delete-data`.',
    },
  )
}

function ofAnother(directory: string, id: string, bound: string): KnarrError {
  return new KnarrError(
    'StoreOfAnotherCluster',
    `${directory} holds the store of the cluster ${id}, but the keys beside it belong to ${bound}`,
    {
      hint: 'Put the store back that belongs here, or restore it with `knarr store restore FILE`.',
    },
  )
}

/**
 * LevelDB creates files by the process's umask, which containers started from here share; so the
 * directory is what keeps others out, and the files follow when the store opens.
 */
async function closeToOthers(directory: string): Promise<void> {
  await chmod(directory, 0o700)
  // A table may vanish under a compaction in the background.
  const close = (name: string) => chmod(join(directory, name), 0o600).catch(ignoreMissing)
  await Promise.all((await directoryNames(directory)).map(close))
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

/** What keeps a store from being opened, in the words of a person. */
export function openingError(directory: string, error: unknown): KnarrError {
  if (error instanceof KnarrError) return error
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'LEVEL_LOCKED') {
    return new KnarrError('StoreInUse', `${directory} is in use by another knarr`, {
      hint: 'Stop it with `knarr down`, or choose another --data-dir.',
      cause,
    })
  }
  const message = messageOf(cause)
  if (message.includes('create_if_missing')) return corrupt('the file CURRENT is missing', cause)
  if (tellsOfDamage(cause)) return corrupt(message, cause)
  return new KnarrError('StoreUnavailable', `cannot open the store in ${directory}: ${message}`, {
    hint: 'The directory must be writable for its owner and have space left; nothing was changed.',
    cause,
  })
}
