import type { ClassicLevel } from 'classic-level'
import { KnarrError, messageOf } from '#lib'
import type { Key, Revision } from '../contract/store.ts'
import { corrupt } from './records.ts'

/**
 * The LevelDB under a durable store, beside which stand its identity and its mark; and the names in it:
 *
 *     m/format         what this page describes
 *     m/base           the revision that the base stands at, and how many values it holds
 *     k/KEY            the base: each value that lived at that revision
 *     c/REVISION       the commits after it, one each, without gap
 */
export type LevelDisk = ClassicLevel<string, Buffer>

/** What a batch does to one name. */
export type DiskWrite =
  | { readonly type: 'put'; readonly key: string; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: string }

export interface BaseMarker {
  readonly revision: Revision
  readonly count: number
  /** See `digest.ts`; format 1 has none. */
  readonly digest?: number
}

export const formatName = 'm/format'
export const baseName = 'm/base'
export const valuePrefix = 'k/'
export const commitPrefix = 'c/'
/** Format 1 had neither an identity nor a mark; opening it makes it format 2. */
export const format = 2

// The last names of a prefix sort before the prefix with its slash counted up.
export const afterValues = 'k0'
export const afterCommits = 'c0'

/** Safe integers have at most 14 hexadecimal digits. */
export function commitName(revision: Revision): string {
  return commitPrefix + revision.toString(16).padStart(14, '0')
}

export function revisionOfKey(name: string): Revision {
  return Number.parseInt(name.slice(commitPrefix.length), 16)
}

export function valueName(key: Key): string {
  return valuePrefix + key
}

export function encodeBaseMarker(marker: BaseMarker): Buffer {
  return Buffer.from(JSON.stringify(marker))
}

export async function readBaseMarker(disk: LevelDisk): Promise<BaseMarker> {
  const marker = await disk.get(baseName)
  if (marker === undefined) throw corrupt('the marker of its base is missing')
  try {
    return JSON.parse(marker.toString())
  } catch (error) {
    throw corrupt('the marker of its base is unreadable', error)
  }
}

/** Whether an error of LevelDB says that a file of it is damaged or missing. */
export function tellsOfDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // An empty table cannot be mapped into memory: that is what is invalid then.
  const isLost = /No such file|ldb: Invalid argument/.test(messageOf(error))
  return code === 'LEVEL_CORRUPTION' || (code === 'LEVEL_IO_ERROR' && isLost)
}

/** A failure of LevelDB after opening. */
export function diskError(error: unknown): KnarrError {
  if (error instanceof KnarrError) return error
  if (tellsOfDamage(error)) return corrupt(messageOf(error), error)
  return new KnarrError('StoreFailed', `the store cannot use its disk: ${messageOf(error)}`, {
    hint: 'Check the disk (space, health), then start knarr again: everything acknowledged is kept.',
    cause: error,
  })
}
