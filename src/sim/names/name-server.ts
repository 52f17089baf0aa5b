import {
  createZone,
  type Disturbance,
  type NameFeed,
  type NameServer,
  type Names,
  undisturbed,
  type Zone,
} from '#dns'
import { type Clock, onAbort, type Random, randomInt } from '#lib'
import type { AnswerName, NameReply } from '../model/fabric.ts'

/** The name server of a simulated node, and what faults do to it. */
export interface SimNameServer extends NameServer {
  readonly answer: AnswerName
  /** Resolves once names are known, or after so long. */
  ready(clock: Clock, limitMs: number, signal: AbortSignal): Promise<void>
  readonly isReady: boolean
  /** The machine starts again, and knows no names. */
  boot(): void
}

export interface SimNameServerOptions {
  readonly domain: string
  readonly servers: readonly string[]
  /** The address of the node. */
  readonly ip: string
  readonly random: Random
}

/** The port of every name server. */
export const namePort = 53

/** How long somebody outside of the cluster takes to say that there is no such name; nothing is there. */
export const outsideMs = 20
const mostAliases = 8

/** Makes the name server of a node; its zone is the very one of real nodes. */
export function createSimNameServer(options: SimNameServerOptions): SimNameServer {
  const { domain, servers, ip, random } = options
  let names: Names | undefined
  let known = Promise.withResolvers<void>()
  let disturbance: Disturbance = undisturbed
  const live: Names = {
    service: (namespace, name) => names?.service(namespace, name),
    hasNamespace: (name) => names?.hasNamespace(name) ?? false,
    at: (address) => names?.at(address) ?? [],
  }
  const zone = createZone({ domain, names: live, servers, serial: () => 1 })
  return {
    endpoint: { ip, port: namePort },
    disturb: (next) => {
      disturbance = next
    },
    get isReady() {
      return names !== undefined
    },
    ready: (clock, limitMs, signal) =>
      new Promise((resolve, reject) => {
        const settled = new DisposableStack()
        const settle = (outcome: () => void) => () => {
          settled.dispose()
          outcome()
        }
        settled.use(clock.timer(limitMs, settle(resolve)))
        settled.use(
          onAbort(
            signal,
            settle(() => reject(signal.reason)),
          ),
        )
        void known.promise.then(settle(resolve))
      }),
    answer: (name, type) => {
      if (disturbance.down || names === undefined) return undefined
      const reply = answerFrom(zone, name, type)
      const tookMs = reply.tookMs + disturbance.delayMs
      return { ...reply, records: shuffled(reply.records, random), tookMs }
    },
    boot: () => {
      names = undefined
      known = Promise.withResolvers<void>()
    },
    serve: async (feed: NameFeed, signal) => {
      await feed.whenSynced(signal)
      ;({ names } = feed)
      known.resolve()
    },
  }
}

function answerFrom(zone: Zone, asked: string, type: string): NameReply {
  const aliases: (readonly [string, string])[] = []
  let name = asked
  const reply = (rcode: NameReply['rcode'], records: readonly string[], tookMs = 0): NameReply => ({
    rcode,
    records,
    name,
    tookMs,
    ...(aliases.length > 0 ? { aliases } : {}),
  })
  while (aliases.length <= mostAliases) {
    const answer = zone.answer(name, type)
    if (answer.kind === 'elsewhere') return reply('NXDOMAIN', [], outsideMs)
    if (answer.kind === 'noName') return reply('NXDOMAIN', [])
    if (answer.kind === 'found') return reply('NOERROR', answer.records.map(textOf))
    aliases.push([name, answer.target])
    if (type === 'CNAME') return reply('NOERROR', [])
    name = answer.target
  }
  return reply('SERVFAIL', [])
}

type FoundRecord = Extract<
  ReturnType<Zone['answer']>,
  { readonly kind: 'found' }
>['records'][number]

function textOf(record: FoundRecord): string {
  if (record.type === 'SRV') {
    const { priority, weight, port, target } = record.data
    return `${priority} ${weight} ${port} ${target}`
  }
  return record.type === 'SOA' ? record.data.mname : record.data
}

/** As the real one: another address comes first each time. */
function shuffled(records: readonly string[], random: Random): readonly string[] {
  if (records.length < 2) return records
  const first = randomInt(random, records.length)
  return [...records.slice(first), ...records.slice(0, first)]
}
