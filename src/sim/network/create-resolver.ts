import { isIPv4, isIPv6 } from 'node:net'
import type { Clock, MaybePromise } from '#lib'
import type { NameReply } from '../model/fabric.ts'
import { outsideServer } from '../model/outside.ts'
import { outsideMs, type SimNameServer } from '../names/name-server.ts'
import {
  type Asked,
  type FoundHost,
  type LookUp,
  lookUp,
  type ResolverFiles,
  searchName,
} from '../names/resolver.ts'
import type { NameRequest, ProcessAnswer } from '../process/process.ts'
import { type ConnectionContext, connect } from './connection.ts'
import type { Origin } from './route.ts'

/** Looks names up for one client, over the network that it is on. */
export interface Resolver {
  /** In no time. */
  resolve(host: string): FoundHost | undefined
  /** In the time that it takes. */
  lookUp(host: string, signal: AbortSignal): MaybePromise<FoundHost | undefined>
  askName(request: NameRequest, signal: AbortSignal): Promise<ProcessAnswer>
}

interface ResolverPlace {
  readonly connections: ConnectionContext
  readonly origin: Origin
  readonly clock: Clock
  /** The node's own. */
  readonly nameServer: SimNameServer | undefined
}

/** Makes the resolver of a client; its files are read anew for each name. */
export function createResolver(place: ResolverPlace, files: () => ResolverFiles): Resolver {
  const { connections, origin, clock, nameServer } = place
  const ask = (server: string, name: string, type: string): Asked => {
    if (server === outsideServer) return outside(name)
    const to = { ip: server, port: 53, transport: 'udp' } as const
    const connection = connect(connections, origin, to)
    if (connection.kind === 'refused') return 'refused'
    if (connection.kind !== 'open') return 'silent'
    const lateMs = connection.link.datagram()
    const reply = connection.listener.answerName?.(name, type)
    if (lateMs === undefined || reply === undefined) return 'silent'
    return lateMs > 0 ? { ...reply, tookMs: reply.tookMs + lateMs } : reply
  }
  const ips = origin.ips ?? [origin.ip]
  const own = { hasIPv4: ips.some(isIPv4), hasIPv6: ips.some(isIPv6) }
  const follow = <T>(start: () => Generator<number, T>, signal: AbortSignal): MaybePromise<T> => {
    const steps = start()
    const first = steps.next()
    return first.done ? first.value : inTime(start, { steps, first }, signal)
  }
  async function inTime<T>(
    start: () => Generator<number, T>,
    begun: { readonly steps: Generator<number, T>; readonly first: IteratorResult<number, T> },
    signal: AbortSignal,
  ): Promise<T> {
    let { steps, first: step } = begun
    if (nameServer?.isReady === false && !step.done) {
      // Whoever goes on from a saved state asks while its cluster is put together again.
      await nameServer.ready(clock, step.value, signal)
      if (nameServer.isReady) {
        steps = start()
      }
      step = steps.next()
    }
    while (!step.done) {
      await clock.sleep(step.value, signal)
      step = steps.next()
    }
    return step.value
  }
  return {
    resolve: (host) => atOnce(lookUp(host, files(), ask, own)),
    lookUp: (host, signal) => follow(() => lookUp(host, files(), ask, own), signal),
    askName: async (request, signal) => {
      const { host, type, server } = request
      if (type === undefined && server === undefined) {
        const found = await follow(() => lookUp(host, files(), ask, own), signal)
        return found ? answered(addressRecords(found), found.name) : unknownHost
      }
      const conf = withServer(files(), server)
      const reply = await follow(() => searchAddresses(host, type, conf, ask), signal)
      if (reply === undefined) return { ...unknownHost, why: 'timeout' }
      const aliases = (reply.aliases ?? []).map((pair) => ['CNAME', pair.join(' ')] as const)
      const records = reply.records.map((text) => [typeOf(text, type), text] as const)
      return answered([...aliases, ...records], reply.name, codes[reply.rcode])
    },
  }
}

const typeOf = (text: string, type: string | undefined): string =>
  type ?? (isIPv6(text) ? 'AAAA' : 'A')

const addressRecords = ({ ip, others = [] }: FoundHost) =>
  [ip, ...others].map((each) => [typeOf(each, undefined), each] as const)

/** Without a type `nslookup` asks for the addresses of both families. */
function* searchAddresses(
  host: string,
  type: string | undefined,
  files: ResolverFiles,
  ask: Parameters<typeof searchName>[3],
): Generator<number, NameReply | undefined> {
  const first = yield* searchName(host, type ?? 'A', files, ask)
  if (type !== undefined || first?.rcode !== 'NOERROR') return first
  const second = yield* searchName(`${first.name}.`, 'AAAA', files, ask)
  if (second?.rcode !== 'NOERROR') return first
  return { ...first, records: [...first.records, ...second.records] }
}

const codes: Readonly<Record<NameReply['rcode'], number>> = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 }

const unknownHost = { kind: 'failed', stage: 'connect', why: 'unknownHost' } as const

/** An alias is a record whose text is the alias and the name that it stands for. */
function answered(
  headers: readonly (readonly [type: string, text: string])[],
  name: string,
  status = 0,
): ProcessAnswer {
  const ip = headers.find(([type]) => type !== 'CNAME')?.[1] ?? ''
  return { kind: 'answered', ip, response: { status, headers, body: Buffer.from(name) } }
}

/** Nobody is there. */
const outside = (name: string): NameReply => ({
  rcode: 'NXDOMAIN',
  records: [],
  name,
  tookMs: outsideMs,
})

function atOnce(steps: LookUp): FoundHost | undefined {
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

function withServer({ resolvConf = '', hosts }: ResolverFiles, server: string | undefined) {
  if (server === undefined) return { resolvConf, hosts }
  const others = resolvConf.split('\n').filter((line) => !line.startsWith('nameserver'))
  return { resolvConf: [`nameserver ${server}`, ...others].join('\n'), hosts }
}
