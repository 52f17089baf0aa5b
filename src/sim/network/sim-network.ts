import { isIP } from 'node:net'
import { type Clock, type Random, randomInt } from '#lib'
import {
  type ClusterDns,
  type Dialer,
  emptyServiceTable,
  type Network,
  type NetworkStatus,
  type ServiceTable,
} from '#network'
import type { Transport } from '../model/fabric.ts'
import {
  type ConnectionAttempt,
  type Exchange,
  exchange,
  type Limit,
  type UnsentRequest,
} from './connection.ts'
import type { SimFabric } from './create-fabric.ts'
import { type ClusterName, clusterNames, nameOf } from './names.ts'
import type { Origin } from './route.ts'
import { createRouter, type Router } from './router.ts'
import { createSimDialer, openDialTarget, type SimDialerOptions } from './sim-dialer.ts'

export interface SimNetworkOptions {
  readonly node: string
  readonly nodeIp: string
  readonly fabric: SimFabric
  readonly clock: Clock
  /** The node's own stream. */
  readonly random: Random
  readonly dns: ClusterDns
  /** Looks names of the cluster up in its API: the address of a Service, or of a pod of one. */
  readonly lookup?: HostLookup
  /** How long a table takes to come into force, drawn evenly; default 1 to 5 ms. */
  readonly programMs?: { readonly least: number; readonly most: number }
}

/** A lookup gives the address that a name of the cluster stands for; undefined: there is no such name. */
export type HostLookup = (name: ClusterName) => string | undefined

/** The location of a client: a node, or a pod on it. */
export interface ClientLocation {
  /** The address of a pod on this node; the node itself otherwise. */
  readonly podIp?: string
  /** The pod's namespace, in which its short names are looked up. */
  readonly namespace?: string
}

/** A host that was looked up. */
interface FoundHost {
  readonly ip: string
  readonly name: string
}

/** The network of a simulated node, and what faults and clients do with it. */
export interface SimNetwork extends Network {
  /** Dials as a pod does instead of the node. */
  dialerFrom(location: ClientLocation): Dialer
  /** For clients that must know which pod they met. */
  clientFrom(location: ClientLocation): SimClient
  /** The machine starts again: it routes nothing until the next `program`. */
  boot(): void
  /** What `status` answers; routing goes on as it is. */
  setStatus(status: NetworkStatus): void
}

/** Opens connections and asks over them, without the words of a dialer. */
export interface SimClient {
  /** Looks a host up: its address, and the whole name that it was found by. */
  resolve(host: string): FoundHost | undefined
  /** Where a connection opened now would end. */
  connect(
    host: string,
    port: number,
    transport?: Transport,
  ): ConnectionAttempt | { readonly kind: 'unknownHost' }
  /** Asks over a connection. When `limit` ends it, the outcome is a time-out. */
  ask(connection: ConnectionAttempt, unsent: UnsentRequest, limit: Limit): Promise<Exchange>
}

const defaultProgramMs = { least: 1, most: 5 }

/** Creates the network of a simulated node and attaches its routing to the fabric. */
export function createSimNetwork(options: SimNetworkOptions): SimNetwork {
  const { node, nodeIp, fabric, clock, random, dns } = options
  const router = createRouter({ node, nodeIp, clock, random: random.fork('endpoints') })
  const attached = fabric.attachRouter(nodeIp, router)
  const connections = { fabric, clock, router, nodeIp }
  const originOf = ({ podIp }: ClientLocation): Origin =>
    podIp === undefined ? { node, ip: nodeIp, kind: 'node' } : { node, ip: podIp, kind: 'pod' }
  const dialerOptions = (location: ClientLocation): SimDialerOptions => ({
    connections,
    origin: originOf(location),
    resolve: (name) => lookUp(name, options, location)?.ip,
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
    dialerFrom: (location) => createSimDialer(dialerOptions(location)),
    clientFrom: (location) => {
      const dialer = dialerOptions(location)
      return {
        resolve: (host) => {
          if (isIP(host)) return { ip: host, name: host }
          if (host === 'localhost') return { ip: '127.0.0.1', name: host }
          return lookUp(host, options, location)
        },
        connect: (host, port, transport) => openDialTarget(dialer, { host, port }, transport),
        ask: (connection, unsent, limit) => exchange(connection, unsent, clock, limit),
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
  { podIp, namespace }: ClientLocation,
): FoundHost | undefined {
  // Clients on a node may say `service.namespace` too, which its own resolver would not know.
  const scope = podIp === undefined || namespace === undefined ? {} : { namespace }
  for (const candidate of clusterNames(name, { domain: dns.domain, ...scope })) {
    const ip = lookup?.(candidate)
    if (ip !== undefined) return { ip, name: nameOf(candidate, dns.domain) }
  }
  return undefined
}
