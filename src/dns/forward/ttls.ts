import { decode } from 'dns-packet'
import { skipName } from '../message/name.ts'

/** Where the time to live of a record stands in a message, and what it is in seconds. */
interface TtlField {
  readonly at: number
  readonly seconds: number
}

const headerBytes = 12
const optType = 41

/** The times to live in a message, but that of EDNS, which is none; undefined when it is malformed. */
function ttlFields(message: Buffer): readonly TtlField[] | undefined {
  if (message.length < headerBytes) return undefined
  let at: number | undefined = headerBytes
  for (let left = message.readUInt16BE(4); left > 0; left -= 1) {
    at = skipName(message, at)
    if (at === undefined) return undefined
    at += 4
  }
  const fields: TtlField[] = []
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
  for (let left = records; left > 0; left -= 1) {
    at = skipName(message, at)
    if (at === undefined || at + 10 > message.length) return undefined
    const seconds = message.readUInt32BE(at + 4)
    if (message.readUInt16BE(at) !== optType) fields.push({ at: at + 4, seconds })
    at += 10 + message.readUInt16BE(at + 8)
    if (at > message.length) return undefined
  }
  return fields
}

/** The same message with these seconds gone by. */
export function aged(message: Buffer, seconds: number): Buffer {
  const copy = Buffer.from(message)
  if (seconds === 0) return copy
  for (const field of ttlFields(message) ?? []) {
    copy.writeUInt32BE(Math.max(0, field.seconds - seconds), field.at)
  }
  return copy
}

/** How long an answer may be kept at most, as CoreDNS's default configuration keeps it. */
const longestSeconds = 30

/** How many seconds an answer may be kept: that of its records, or that of the absence of any. */
export function keepSeconds(message: Buffer): number {
  const rcode = (message[3] ?? 0) & 15
  const isTruncated = ((message[2] ?? 0) & 2) !== 0
  if (isTruncated || (rcode !== 0 && rcode !== 3)) return 0
  const fields = ttlFields(message)
  if (fields === undefined) return 0
  const answers = message.readUInt16BE(6)
  const least = fields.reduce((value, { seconds }) => Math.min(value, seconds), longestSeconds)
  return answers > 0 ? least : Math.min(least, absenceSeconds(message))
}

/** Without a SOA nobody says how long a name stays absent, so that it is not remembered. */
function absenceSeconds(message: Buffer): number {
  try {
    for (const record of decode(message).authorities ?? []) {
      if (record.type === 'SOA') return record.data.minimum ?? 0
    }
  } catch {
    // What the library cannot read is not kept.
  }
  return 0
}
