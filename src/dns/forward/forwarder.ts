import { decode } from 'dns-packet'
import { type Clock, type Logger, messageOf, type Random, randomInt } from '#lib'
import type { Query, Rcode } from '../message/query.ts'
import { datagramLimit, payloadBytes } from '../message/reply.ts'
import type { Carrier, Elsewhere, Forwarding } from '../server/responder.ts'
import type { DnsRecord } from '../zone/records.ts'
import { type CacheLimits, cacheLimits, createAnswerCache } from './cache.ts'
import type { AskUpstream } from './exchange.ts'
import { createHealth, type Health, plainQuestion } from './health.ts'
import type { Upstream } from './upstreams.ts'

export interface ForwarderOptions {
  /** In the order in which they are asked; read anew for each question. */
  readonly upstreams: () => readonly Upstream[]
  readonly exchange: AskUpstream
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly cache?: CacheLimits
}

/** How long one name server may take, and how many are asked for one question. */
const timeoutMs = 2000
const mostTries = 2

/** Questions under way; beyond them the answer is SERVFAIL at once. */
const mostPending = 1000

/**
 * Asks others for names that are not the cluster's: the same question only once at a time, whoever
 * asks, and answers are kept for as long as their records say, within bounds. A loop therefore costs
 * one question; one that comes back here is known by its name, and its name server asked no more.
 */
export function createForwarder(options: ForwarderOptions): Forwarding {
  const { clock } = options
  const cache = createAnswerCache(clock, options.cache ?? cacheLimits)
  const pending = new Map<string, Promise<Buffer | undefined>>()
  const health = createHealth(options)

  const lookUp = (question: Buffer, carrier: Carrier): Promise<Buffer | undefined> => {
    const key = `${carrier} ${question.toString('latin1', 2).toLowerCase()}`
    const cached = cache.get(key)
    if (cached !== undefined) return Promise.resolve(cached)
    const running = pending.get(key)
    if (running !== undefined) return running
    if (pending.size >= mostPending) return Promise.resolve(undefined)
    const asking = askInTurn(question, carrier, options, health).then((answer) => {
      if (answer) cache.put(key, answer)
      return answer
    })
    pending.set(key, asking)
    return asking.finally(() => pending.delete(key))
  }
  return {
    isOwn: ({ name }) => health.cameBack(name),
    ask: async (query, carrier) => {
      health.probe()
      const answer = await lookUp(questionFor(query), carrier)
      return answer && forSender(answer, query, carrier)
    },
    addresses: async (name, type) => {
      health.probe()
      const question = plainQuestion(name, type)
      if (question === undefined) return failed
      return elsewhere(await lookUp(question, 'datagram'))
    },
  }
}

const failed: Elsewhere = { rcode: 'SERVFAIL', records: [] }

/** A question of our own for another's: its name and flags, but none of its options. */
function questionFor({ question, recursionDesired, checkingDisabled, edns }: Query): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE((recursionDesired ? 0x0100 : 0) | (checkingDisabled ? 0x0010 : 0), 2)
  header.writeUInt16BE(1, 4)
  if (!edns) return Buffer.concat([header, question])
  header.writeUInt16BE(1, 10)
  const option = Buffer.alloc(11)
  option.writeUInt16BE(41, 1)
  option.writeUInt16BE(payloadBytes, 3)
  if (edns.dnssecOk) option.writeUInt16BE(0x8000, 7)
  return Buffer.concat([header, question, option])
}

/** Another's answer as an answer to this question: its number, its spelling, its limit. */
function forSender(answer: Buffer, query: Query, carrier: Carrier): Buffer {
  const own = Buffer.from(answer)
  own.writeUInt16BE(query.id, 0)
  own.set(query.question, 12)
  if (carrier === 'stream' || own.length <= datagramLimit(query)) return own
  const cut = own.subarray(0, 12 + query.question.length)
  cut[2] = (cut[2] ?? 0) | 2
  for (const at of [6, 8, 10]) cut.writeUInt16BE(0, at)
  return cut
}

async function askInTurn(
  question: Buffer,
  carrier: Carrier,
  { exchange, clock, random, log }: ForwarderOptions,
  health: Health,
): Promise<Buffer | undefined> {
  for (const upstream of health.inOrder().slice(0, mostTries)) {
    const numbered = Buffer.from(question)
    numbered.writeUInt16BE(randomInt(random, 1 << 16), 0)
    try {
      const answer = await exchange(numbered, upstream, { carrier, timeoutMs, clock })
      health.answered(upstream)
      return answer
    } catch (error) {
      health.failed(upstream)
      log.debug('a name server of this machine does not answer', { error: messageOf(error) })
    }
  }
  return undefined
}

function elsewhere(answer: Buffer | undefined): Elsewhere {
  if (answer === undefined) return failed
  try {
    const { answers = [], rcode } = { ...decode(answer), rcode: (answer[3] ?? 0) & 15 }
    const records = answers.flatMap((each): readonly DnsRecord[] => {
      if (each.type !== 'A' && each.type !== 'AAAA' && each.type !== 'CNAME') return []
      return [{ owner: each.name, type: each.type, ttl: each.ttl ?? 0, data: each.data }]
    })
    const known: readonly Rcode[] = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN']
    return { rcode: known[rcode] ?? 'SERVFAIL', records }
  } catch {
    return failed
  }
}
