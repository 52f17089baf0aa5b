import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KnarrError } from '#lib'
import type { Revision, StoredValue } from '../contract/store.ts'
import { valueName, valuePrefix } from './disk.ts'
import { writeDurably } from './files.ts'
import { inspect, type StoreReport } from './inspect.ts'
import { decodeBase, encodeBase } from './records.ts'

/**
 * The form of a backup, a line of JSON and then the values at one revision, in key order:
 *
 *     magic | header, JSON, newline | values x (name length u32 | name | length u32 | base record)
 *     | SHA-256 of all before it
 */
const magic = 'knarr-store-backup 1\n'
const sumBytes = 32

/** A backup holds the values of a store at one revision, without the history before it. */
export interface Backup {
  /** Of the cluster. */
  readonly id: string
  readonly revision: Revision
  readonly values: readonly StoredValue[]
}

export interface BackupOptions {
  /** The store's own directory. */
  readonly directory: string
  /** Where the backup goes; for the owner's eyes only. */
  readonly file: string
  /** Takes what can be read of a store that is damaged; default: refuses it. */
  readonly force?: boolean
}

/**
 * Writes a consistent backup of a store, in use or not.
 *
 * Errors: `StoreCorrupt` when the store is damaged and this is not forced, `StoreMissing` when there
 * is none.
 */
export async function backUpStore({ directory, file, force }: BackupOptions): Promise<StoreReport> {
  const { report, values } = await inspect(directory)
  if (report.damage.length > 0 && force !== true) {
    throw new KnarrError('StoreCorrupt', `no backup was written: ${report.damage.join('; ')}`, {
      hint: 'With --force, what can be read is saved all the same.',
    })
  }
  const id = report.id ?? ''
  await writeDurably(resolve(file), encode({ id, revision: report.revision, values }))
  return report
}

/** Reads a backup. @throws KnarrError `BadBackup` when it is none, or not as it was written */
export async function readBackup(file: string): Promise<Backup> {
  const content = await readFile(file)
  const body = content.subarray(0, Math.max(0, content.length - sumBytes))
  const start = magic.length
  const isWhole =
    body.subarray(0, start).toString() === magic &&
    sumOf([body]).equals(content.subarray(body.length))
  if (!isWhole) {
    throw new KnarrError('BadBackup', `${file} is no backup of a store, or it is damaged`, {
      hint: 'Take another one: its checksum does not hold.',
    })
  }
  const end = body.indexOf('\n', start)
  // Cast: the checksum holds, so `encode` wrote it.
  const header = JSON.parse(body.subarray(start, end).toString()) as Omit<Backup, 'values'>
  return { ...header, values: decodeValues(body.subarray(end + 1)) }
}

function encode({ id, revision, values }: Backup): Buffer {
  const header = `${JSON.stringify({ id, revision })}\n`
  const records = values.flatMap((value) => {
    const name = valueName(value.key)
    return [framed(Buffer.from(name)), framed(encodeBase(name, value))].flat()
  })
  const parts = [Buffer.from(magic), Buffer.from(header), ...records]
  return Buffer.concat([...parts, sumOf(parts)])
}

function framed(bytes: Buffer): readonly Buffer[] {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return [length, bytes]
}

function decodeValues(body: Buffer): readonly StoredValue[] {
  const values: StoredValue[] = []
  let at = 0
  const take = () => {
    const start = at + 4
    at = start + body.readUInt32LE(at)
    return body.subarray(start, at)
  }
  while (at < body.length) {
    const name = take().toString()
    values.push(decodeBase(name, take(), name.slice(valuePrefix.length)))
  }
  return values
}

function sumOf(parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
