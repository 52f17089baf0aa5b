import { crc32 } from 'node:zlib'
import { KnarrError } from '#lib'
import type { Commit, Key, Revision, StoredChange, StoredValue } from '../contract/store.ts'

/**
 * The forms on disk. A commit's record holds its changes in key order; a base record holds one
 * value. Each begins with the CRC-32 of the rest together with the name it is stored under, so that
 * a record under a wrong name is found out too. Numbers are little-endian; revisions and times are
 * doubles, which hold safe integers exactly.
 *
 *     commit  crc32 u32 | count u32 | count x change
 *     change  kind u8 (0 delete, 1 put) | key length u32 | key | put only: value
 *     base    crc32 u32 | modified f64 | value
 *     value   created f64 | version f64 | expiresAtMs f64 (NaN: never) | length u32 | bytes
 */
export interface LoggedChange {
  readonly key: Key
  /** None: deleted. */
  readonly after: StoredValue | undefined
}

const kindDelete = 0
const kindPut = 1
const crcBytes = 4
const valueHeaderBytes = 8 + 8 + 8 + 4

export function encodeCommit(name: string, { changes }: Commit): Buffer {
  const logged = changes.map(({ key, after }) => ({
    key: Buffer.from(key),
    after,
    bytes: after?.value.bytes,
  }))
  const size = logged.reduce(
    (sum, { key, bytes }) =>
      sum + 1 + 4 + key.length + (bytes ? valueHeaderBytes + bytes.length : 0),
    crcBytes + 4,
  )
  const record = Buffer.allocUnsafe(size)
  let at = record.writeUInt32LE(logged.length, crcBytes)
  for (const { key, after, bytes } of logged) {
    at = record.writeUInt8(after ? kindPut : kindDelete, at)
    at = record.writeUInt32LE(key.length, at)
    at += key.copy(record, at)
    if (after && bytes) at = writeValue(record, at, { after, bytes })
  }
  return seal(name, record)
}

export function decodeCommit(name: string, record: Buffer, revision: Revision): LoggedChange[] {
  const reader = open(name, record)
  const changes: LoggedChange[] = []
  for (let left = reader.u32(); left > 0; left--) {
    const kind = reader.u8()
    const key = reader.take(reader.u32()).toString()
    changes.push({ key, after: kind === kindPut ? readValue(reader, key, revision) : undefined })
  }
  return changes
}

export function encodeBase(name: string, after: StoredValue): Buffer {
  const { bytes } = after.value
  const record = Buffer.allocUnsafe(crcBytes + 8 + valueHeaderBytes + bytes.length)
  writeValue(record, record.writeDoubleLE(after.modified, crcBytes), { after, bytes })
  return seal(name, record)
}

export function decodeBase(name: string, record: Buffer, key: Key): StoredValue {
  const reader = open(name, record)
  return readValue(reader, key, reader.f64())
}

/** The store's files say something impossible; `what` names the part. */
export function corrupt(what: string, cause?: unknown): KnarrError {
  return new KnarrError('StoreCorrupt', `the store is damaged: ${what}`, {
    hint: '`knarr store check` tells all that is damaged; `knarr store restore FILE --force` brings a backup back, and `knarr store backup FILE --force` saves what can be read.',
    cause,
  })
}

/** A change with the value that it replaces, as watchers get it. */
export function withBefore(
  { key, after }: LoggedChange,
  before: StoredValue | undefined,
): StoredChange {
  return { key, ...(before && { before }), ...(after && { after }) }
}

function writeValue(
  record: Buffer,
  start: number,
  { after, bytes }: { readonly after: StoredValue; readonly bytes: Uint8Array },
): number {
  let at = record.writeDoubleLE(after.created, start)
  at = record.writeDoubleLE(after.version, at)
  at = record.writeDoubleLE(after.expiresAtMs ?? Number.NaN, at)
  at = record.writeUInt32LE(bytes.length, at)
  record.set(bytes, at)
  return at + bytes.length
}

function readValue(reader: Reader, key: Key, modified: Revision): StoredValue {
  const created = reader.f64()
  const version = reader.f64()
  const expiresAtMs = reader.f64()
  const value = Object.freeze({ bytes: new Uint8Array(reader.take(reader.u32())) })
  return Object.freeze({
    key,
    value,
    created,
    modified,
    version,
    ...(Number.isNaN(expiresAtMs) ? {} : { expiresAtMs }),
  })
}

function seal(name: string, record: Buffer): Buffer {
  record.writeUInt32LE(checksum(name, record), 0)
  return record
}

function checksum(name: string, record: Buffer): number {
  return crc32(record.subarray(crcBytes), crc32(name))
}

interface Reader {
  u8(): number
  u32(): number
  f64(): number
  take(length: number): Buffer
}

function open(name: string, record: Buffer): Reader {
  if (record.length < crcBytes || record.readUInt32LE(0) !== checksum(name, record)) {
    throw corrupt(`record ${JSON.stringify(name)} fails its checksum`)
  }
  let at = crcBytes
  const advance = (length: number) => {
    const start = at
    at += length
    return start
  }
  return {
    u8: () => record.readUInt8(advance(1)),
    u32: () => record.readUInt32LE(advance(4)),
    f64: () => record.readDoubleLE(advance(8)),
    take: (length) => record.subarray(advance(length), at),
  }
}
