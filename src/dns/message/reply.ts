import { type Answer, encode } from 'dns-packet'
import type { DnsRecord } from '../zone/records.ts'
import { type Query, type Rcode, rcodes } from './query.ts'

/** What a question is answered with. */
export interface Reply {
  readonly rcode: Rcode
  /** Whether it is of a zone of our own. */
  readonly authoritative: boolean
  readonly answers: readonly DnsRecord[]
  readonly authorities: readonly DnsRecord[]
  readonly additional: readonly DnsRecord[]
}

/** A reply that says nothing but its code. */
export function bareReply(rcode: Rcode): Reply {
  return { rcode, authoritative: false, answers: [], authorities: [], additional: [] }
}

/** What a datagram may hold without EDNS, and what we say that ours may (RFC 9715). */
const plainBytes = 512
export const payloadBytes = 1232

/** How long an answer by datagram may be for whoever asked so. */
export function datagramLimit({ edns }: Query): number {
  if (edns === undefined) return plainBytes
  return Math.min(payloadBytes, Math.max(plainBytes, edns.payloadBytes))
}

/** How long an answer over TCP may be. */
export const streamLimit = 65_535

const headerBytes = 12
/** Points to the name of the question, which follows the header. */
const questionName = Buffer.from([0xc0, headerBytes])

/**
 * Writes a reply of at most `limit` bytes. Records that do not fit are left out: of the answers and
 * authorities with the sign that the reply is truncated, of the additional ones without.
 */
export function writeReply(query: Query, reply: Reply, limit: number): Buffer {
  const option = query.edns ? optionRecord(query, reply.rcode) : Buffer.alloc(0)
  const parts: Buffer[] = [Buffer.alloc(headerBytes), Buffer.from(query.question)]
  let free = limit - headerBytes - query.question.length - option.length
  const put = (records: readonly DnsRecord[]): number => {
    let count = 0
    for (const record of records) {
      const bytes = recordBytes(record)
      if (bytes.length > free) break
      free -= bytes.length
      parts.push(bytes)
      count += 1
    }
    return count
  }
  const answers = put(reply.answers)
  const isCut = answers < reply.answers.length
  const authorities = isCut ? 0 : put(reply.authorities)
  const truncated = isCut || authorities < reply.authorities.length
  const additional = truncated ? 0 : put(reply.additional)
  const [header = Buffer.alloc(headerBytes)] = parts
  header.writeUInt16BE(query.id, 0)
  header.writeUInt16BE(flagsOf(query, reply, truncated), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answers, 6)
  header.writeUInt16BE(authorities, 8)
  header.writeUInt16BE(additional + (option.length > 0 ? 1 : 0), 10)
  return Buffer.concat([...parts, option])
}

/** The answer to a message that could not be read: its header alone. */
export function writeError(id: number, opcode: number, rcode: Rcode): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt16BE(id, 0)
  header.writeUInt16BE(0x8000 | (opcode << 11) | (rcodes[rcode] & 15), 2)
  return header
}

function flagsOf(query: Query, { rcode, authoritative }: Reply, truncated: boolean): number {
  let flags = 0x8080 | (rcodes[rcode] & 15)
  if (authoritative) flags |= 0x0400
  if (truncated) flags |= 0x0200
  if (query.recursionDesired) flags |= 0x0100
  if (query.checkingDisabled) flags |= 0x0010
  return flags
}

function optionRecord({ edns }: Query, rcode: Rcode): Buffer {
  const record: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: payloadBytes,
    extendedRcode: rcodes[rcode] >> 4,
    ednsVersion: 0,
    flags: edns?.dnssecOk ? 0x8000 : 0,
    flag_do: edns?.dnssecOk ?? false,
    options: [],
  }
  return bodyOf(record)
}

/** The library writes every name in full; that of the question is pointed to. */
function recordBytes({ owner, ...record }: DnsRecord): Buffer {
  // Cast: a record of ours is one of the library's but for its name.
  const bytes = bodyOf({ ...record, name: owner ?? '.' } as Answer)
  return owner === undefined ? Buffer.concat([questionName, bytes.subarray(1)]) : bytes
}

/** One record as it stands in a message. */
function bodyOf(record: Answer): Buffer {
  return encode({ type: 'response', answers: [record] }).subarray(headerBytes)
}
