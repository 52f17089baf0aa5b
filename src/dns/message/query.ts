import { decode } from 'dns-packet'
import { readName } from './name.ts'

/** One question, and what its sender can take. */
export interface Query {
  readonly id: number
  /** In lower case, without a dot at its end; the root is the empty text. */
  readonly name: string
  /** `A`; a type without a name is `UNKNOWN_65`. */
  readonly type: string
  /** As a number: 1 is the Internet's. */
  readonly questionClass: number
  /** The question as it was sent, which an answer repeats byte for byte. */
  readonly question: Uint8Array
  readonly recursionDesired: boolean
  readonly checkingDisabled: boolean
  /** What the sender says by EDNS; absent without it. */
  readonly edns?: Edns
}

/** The part of EDNS that is used. */
interface Edns {
  readonly payloadBytes: number
  readonly version: number
  readonly dnssecOk: boolean
}

/** Reply codes, by their names in RFC 1035 and 6891. */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const

/** The name of a reply code. */
export type Rcode = keyof typeof rcodes

/** What a message that came in is. */
export type Incoming =
  | { readonly kind: 'query'; readonly query: Query }
  /** To be answered with an error and no more. */
  | { readonly kind: 'faulty'; readonly id: number; readonly opcode: number; readonly rcode: Rcode }
  /** Not to be answered: too short to be a message, or an answer itself. */
  | { readonly kind: 'dropped' }

const headerBytes = 12
/** No question is as long; a longer message is refused before it is read. */
const longestQuery = 4096
/** EDNS and a signature; more is nothing that a resolver sends. */
const mostAdditional = 2

/**
 * Reads a message that came from anywhere. Malformed ones never throw: what can be answered gets
 * FORMERR or NOTIMP, the rest is dropped. The work is bounded by the length of the message.
 */
export function readQuery(message: Buffer): Incoming {
  if (message.length < headerBytes || isAnswer(message)) return { kind: 'dropped' }
  const id = message.readUInt16BE(0)
  const opcode = ((message[2] ?? 0) >> 3) & 15
  if (opcode !== 0) return { kind: 'faulty', id, opcode, rcode: 'NOTIMP' }
  const query = hasFittingCounts(message) ? readQuestion(message, id) : undefined
  return query ? { kind: 'query', query } : { kind: 'faulty', id, opcode, rcode: 'FORMERR' }
}

const isAnswer = (message: Buffer) => ((message[2] ?? 0) & 0x80) !== 0

/** One question and nothing that answers have; a little besides. */
function hasFittingCounts(message: Buffer): boolean {
  if (message.length > longestQuery || message.readUInt16BE(4) !== 1) return false
  if (message.readUInt16BE(6) !== 0 || message.readUInt16BE(8) !== 0) return false
  return message.readUInt16BE(10) <= mostAdditional
}

function readQuestion(message: Buffer, id: number): Query | undefined {
  const name = readName(message, headerBytes)
  const decoded = name && name.end + 4 <= message.length ? decoding(message) : undefined
  const question = decoded?.questions?.[0]
  if (name === undefined || question === undefined) return undefined
  const [option, ...others] = (decoded?.additionals ?? []).flatMap((each) =>
    each.type === 'OPT' ? [each] : [],
  )
  if (others.length > 0) return undefined
  return {
    id,
    name: name.labels.join('.'),
    type: question.type,
    questionClass: message.readUInt16BE(name.end + 2),
    question: message.subarray(headerBytes, name.end + 4),
    recursionDesired: ((message[2] ?? 0) & 1) === 1,
    checkingDisabled: ((message[3] ?? 0) & 0x10) !== 0,
    ...(option === undefined ? {} : { edns: ednsOf(option) }),
  }
}

/** The library throws what it throws where a message ends too soon or points into nothing. */
function decoding(message: Buffer): ReturnType<typeof decode> | undefined {
  try {
    return decode(message)
  } catch {
    return undefined
  }
}

function ednsOf(option: {
  readonly udpPayloadSize: number
  readonly ednsVersion: number
  readonly flags: number
}): Edns {
  return {
    payloadBytes: option.udpPayloadSize,
    version: option.ednsVersion,
    dnssecOk: (option.flags & 0x8000) !== 0,
  }
}
