import { andThen, type MaybePromise, type Random, randomInt } from '#lib'
import { isWritable } from '../message/name.ts'
import { type Query, type Rcode, readQuery } from '../message/query.ts'
import {
  bareReply,
  datagramLimit,
  type Reply,
  streamLimit,
  writeError,
  writeReply,
} from '../message/reply.ts'
import { clusterTtl, type DnsRecord } from '../zone/records.ts'
import type { Zone, ZoneAnswer } from '../zone/zone.ts'

/** How a question came, which bounds its answer. */
export type Carrier = 'datagram' | 'stream'

/** Whoever is asked for names that are not the cluster's. */
export interface Forwarding {
  /** The whole answer to a question, for its sender; undefined: nobody could say. */
  ask(query: Query, carrier: Carrier): Promise<Buffer | undefined>
  /** The addresses of a name elsewhere, with the aliases on the way to them. */
  addresses(name: string, type: string): Promise<Elsewhere>
  /** Whether a question is one of its own that came back: those that are asked lead here again. */
  isOwn(query: Query): boolean
}

/** What is known elsewhere of a name. */
export interface Elsewhere {
  readonly rcode: Rcode
  readonly records: readonly DnsRecord[]
}

/** Answers one message; undefined: nothing is sent. */
export type Responder = (message: Buffer, carrier: Carrier) => MaybePromise<Buffer | undefined>

export interface ResponderOptions {
  readonly zone: Zone
  readonly forwarding: Forwarding
  /** Draws which of several addresses comes first. */
  readonly random: Random
  /** Whether the zone knows all names yet; before, it says SERVFAIL rather than that there is no such name. */
  readonly isReady?: () => boolean
}

/** How many aliases of the zone are followed one after the other. */
const mostAliases = 8

/** Classes and types of questions that are not looked up. */
const internet = 1
const transfers: ReadonlySet<string> = new Set(['AXFR', 'IXFR'])

/** Makes what answers messages: from the zone, or from whoever else is asked. */
export function createResponder(options: ResponderOptions): Responder {
  const { zone, forwarding } = options
  return (message, carrier) => {
    const incoming = readQuery(message)
    if (incoming.kind === 'dropped') return undefined
    if (incoming.kind === 'faulty') return writeError(incoming.id, incoming.opcode, incoming.rcode)
    const { query } = incoming
    const limit = carrier === 'datagram' ? datagramLimit(query) : streamLimit
    const write = (reply: Reply) => writeReply(query, reply, limit)
    const refusal = refusalOf(query, forwarding)
    if (refusal !== undefined) return write(bareReply(refusal))
    const answer = zone.answer(query.name, query.type)
    if (answer.kind !== 'elsewhere' && options.isReady?.() === false) {
      return write(bareReply('SERVFAIL'))
    }
    if (answer.kind !== 'elsewhere') return andThen(replyTo(options, query.type, answer), write)
    return forwarding.ask(query, carrier).then((reply) => reply ?? write(bareReply('SERVFAIL')))
  }
}

function refusalOf(query: Query, forwarding: Forwarding): Rcode | undefined {
  if (query.edns && query.edns.version !== 0) return 'BADVERS'
  if (query.questionClass !== internet || transfers.has(query.type)) return 'REFUSED'
  return forwarding.isOwn(query) ? 'REFUSED' : undefined
}

type OwnAnswer = Exclude<ZoneAnswer, { readonly kind: 'elsewhere' }>

/** The zone's own answer as a reply, its aliases followed to their end. */
function replyTo(options: ResponderOptions, type: string, first: OwnAnswer): MaybePromise<Reply> {
  const { zone, forwarding } = options
  const aliases: DnsRecord[] = []
  let answer: ZoneAnswer = first
  while (answer.kind === 'alias') {
    const { target } = answer
    if (!isWritable(target) || aliases.length === mostAliases) return bareReply('SERVFAIL')
    aliases.push({ ...ownedBy(lastTarget(aliases)), type: 'CNAME', ttl: clusterTtl, data: target })
    if (type === 'CNAME') return own('NOERROR', aliases)
    answer = zone.answer(target, type)
  }
  const owner = lastTarget(aliases)
  if (answer.kind !== 'elsewhere') return endOf(options, answer, aliases)
  if (owner === undefined) return bareReply('SERVFAIL')
  return forwarding
    .addresses(owner, type)
    .then(({ rcode, records }) => own(rcode, [...aliases, ...records]))
}

/** What stands at the end of the aliases, in the zone itself. */
function endOf(
  { zone, random }: ResponderOptions,
  answer: Extract<ZoneAnswer, { readonly kind: 'noName' | 'found' }>,
  aliases: readonly DnsRecord[],
): Reply {
  if (answer.kind === 'noName') return { ...own('NXDOMAIN', aliases), authorities: [zone.soa()] }
  const owner = ownedBy(lastTarget(aliases))
  const records = shuffled(answer.records, random).map((each) => ({ ...owner, ...each }))
  const authorities = records.length === 0 ? [zone.soa()] : []
  return { ...own('NOERROR', [...aliases, ...records]), authorities, additional: answer.additional }
}

const ownedBy = (owner: string | undefined) => (owner === undefined ? {} : { owner })

const lastTarget = (aliases: readonly DnsRecord[]): string | undefined => {
  const last = aliases.at(-1)
  return last?.type === 'CNAME' ? last.data : undefined
}

function own(rcode: Rcode, answers: readonly DnsRecord[]): Reply {
  return { rcode, authoritative: true, answers, authorities: [], additional: [] }
}

/** Whoever takes the first address of an answer is to meet another one each time. */
function shuffled(records: readonly DnsRecord[], random: Random): readonly DnsRecord[] {
  if (records.length < 2) return records
  const order = [...records]
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = randomInt(random, last + 1)
    const [a, b] = [order[last], order[other]]
    if (a && b) [order[last], order[other]] = [b, a]
  }
  return order
}
