import { type Clock, type Random, randomInt } from '#lib'
import {
  type ClusterDns,
  type Dialer,
  emptyServiceTable,
  type Network,
  type NetworkStatus,
  type ServiceTable,
} from '#network'
import type { SimFabric } from './create-fabric.ts'
import { type ClusterName, clusterNames } from './names.ts'
import type { Origin } from './route.ts'
import { createRouter, type Router } from './router.ts'
import { createSimDialer, dialLine, type SimDialerOptions } from './sim-dialer.ts'
import { type Exchange, exchange, type Limit, type Line, type Question } from './wire.ts'

export interface SimNetworkOptions {
  readonly node: string
  readonly nodeIp: string
  readonly fabric: SimFabric
  readonly clock: Clock
  /** The node's own stream. */
  readonly random: Random
  readonly dns: ClusterDns
  /** Looks names of the cluster up in its API: the address of a Service, or of a pod of one. */
  readonly lookup?: Lookup
  /** How long a table takes to come into force, drawn evenly; default 1 to 5 ms. */
  readonly programMs?: { readonly least: number; readonly most: number }
}

/** The address that a name of the cluster stands for. */
export type Lookup = (name: ClusterName) => string | undefined

/** A client's place on a node. */
export interface ClientPlace {
  /** The address of a pod on this node; the node itself otherwise. */
  readonly podIp?: string
  /** The pod's namespace, in which its short names are looked up. */
  readonly namespace?: string
}

/** A node's network in memory, and what faults and clients do with it. */
export interface SimNetwork extends Network {
  /** Reaches ports from a pod's place instead of the node's. */
  dialerFrom(place: ClientPlace): Dialer
  /** For clients that must know which pod they met. */
  clientFrom(place: ClientPlace): SimClient
  /** The machine starts again: it routes nothing until the next `program`. */
  boot(): void
  /** What `status` answers; routing goes on as it is. */
  setStatus(status: NetworkStatus): void
}

/** Opens connections and asks over them, without the words of a dialer. */
export interface SimClient {
  /** Where a connection opened now would end. */
  reach(host: string, port: number): Line | { readonly kind: 'unknownHost' }
  /** Asks over a line. When `limit` ends it, the outcome is a time-out. */
  ask(line: Line, question: Question, limit: Limit): Promise<Exchange>
}

const defaultProgramMs = { least: 1, most: 5 }

export function createSimNetwork(options: SimNetworkOptions): SimNetwork {
  const { node, nodeIp, fabric, clock, random, dns } = options
  const router = createRouter({ node, nodeIp, clock, random: random.fork('endpoints') })
  const attached = fabric.attachRouter(nodeIp, router)
  const wire = { fabric, clock, router, nodeIp }
  const originOf = ({ podIp }: ClientPlace): Origin =>
    podIp === undefined ? { node, ip: nodeIp, kind: 'node' } : { node, ip: podIp, kind: 'pod' }
  const dialerOptions = (place: ClientPlace): SimDialerOptions => ({
    wire,
    origin: originOf(place),
    resolve: (name) => lookUp(name, options, place),
  })
  let status: NetworkStatus = { kind: 'ready' }
  const { program, forget } = programming(options, router)
  return {
    dns,
    dial: createSimDialer(dialerOptions({})),
    program,
    status: async (signal) => {
      signal.throwIfAborted()
      return status
    },
    dialerFrom: (place) => createSimDialer(dialerOptions(place)),
    clientFrom: (place) => {
      const dialer = dialerOptions(place)
      return {
        reach: (host, port) => dialLine(dialer, { host, port }),
        ask: (line, question, limit) => exchange(line, question, clock, limit),
      }
    },
    boot: forget,
    setStatus: (given) => {
      status = given
    },
    [Symbol.asyncDispose]: async () => {
      forget()
      attached[Symbol.dispose]()
    },
  }
}

/** Tables come into force one after the other, each after its own delay. */
function programming({ clock, random, programMs }: SimNetworkOptions, router: Router) {
  const { least, most } = programMs ?? defaultProgramMs
  const delays = random.fork('program')
  let last: Promise<void> = Promise.resolve()
  const inForce = async (before: Promise<void>, table: ServiceTable, signal: AbortSignal) => {
    await before
    signal.throwIfAborted()
    const delayMs = least + randomInt(delays, most - least + 1)
    if (delayMs > 0) await clock.sleep(delayMs, signal)
    router.use(table)
  }
  return {
    program: (table: ServiceTable, signal: AbortSignal): Promise<void> => {
      const mine = inForce(last, table, signal)
      // Whoever asked hears of a failure; those behind only wait for its end.
      last = mine.catch(() => {})
      return mine
    },
    forget: () => router.use(emptyServiceTable),
  }
}

function lookUp(
  name: string,
  { dns, lookup }: SimNetworkOptions,
  { podIp, namespace }: ClientPlace,
): string | undefined {
  // Clients on a node may say `service.namespace` too, which its own resolver would not know.
  const scope = podIp === undefined || namespace === undefined ? {} : { namespace }
  for (const candidate of clusterNames(name, { domain: dns.domain, ...scope })) {
    const ip = lookup?.(candidate)
    if (ip !== undefined) return ip
  }
  return undefined
}
