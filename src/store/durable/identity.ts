import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type KnarrError, systemRandom } from '#lib'
import { readIfPresent, writeDurably } from './files.ts'
import { corrupt } from './records.ts'

/**
 * Whose store a directory holds, in a file beside LevelDB's. It is there before LevelDB creates
 * anything, so that a directory with other files and without it has lost something.
 */
export interface StoreIdentity {
  /** The version of the layout; see `disk.ts`. */
  readonly format: number
  /** Of the cluster whose objects these are, drawn when the store is created. */
  readonly id: string
  /** `creating`: it has never been open, so that nothing in it was ever acknowledged. */
  readonly state: 'creating' | 'ready'
}

export const identityFile = 'IDENTITY'

export function newIdentity(format: number): StoreIdentity {
  return { format, id: systemRandom.uuid(), state: 'creating' }
}

/** Undefined when there is no such file. @throws KnarrError `StoreCorrupt` when it is damaged. */
export async function readStoreIdentity(directory: string): Promise<StoreIdentity | undefined> {
  const content = await readIfPresent(join(directory, identityFile))
  return content && decode(content.toString())
}

export async function writeStoreIdentity(
  directory: string,
  identity: StoreIdentity,
): Promise<void> {
  const body = bodyOf(identity)
  const line = `${JSON.stringify({ ...identity, crc32: crc32(body) })}\n`
  await writeDurably(join(directory, identityFile), Buffer.from(line))
}

function decode(text: string): StoreIdentity {
  const { crc32: sum, ...identity } = parse(text)
  // A newline that is missing at the end is a file that was cut.
  if (sum !== crc32(bodyOf(identity)) || !text.endsWith('\n')) throw damaged()
  return identity
}

function parse(text: string): StoreIdentity & { readonly crc32: number } {
  try {
    // Cast: the checksum over the fields that are read decides whether it holds.
    return JSON.parse(text) as StoreIdentity & { readonly crc32: number }
  } catch (cause) {
    throw damaged(cause)
  }
}

function bodyOf({ format, id, state }: StoreIdentity): string {
  return JSON.stringify([format, id, state])
}

export function identityMissing(): KnarrError {
  return corrupt(`the file ${identityFile}, which says whose store it is, is missing`)
}

function damaged(cause?: unknown) {
  return corrupt(`the file ${identityFile}, which says whose store it is, is damaged`, cause)
}
