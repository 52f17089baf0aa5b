import type { Disturbance } from '#dns'
import { clusterFirst } from '#host'
import { type Clock, type MaybePromise, onAbort, type Random, randomInt } from '#lib'
import {
  type ClusterDns,
  type Dialer,
  emptyPolicyTable,
  type Network,
  type NetworkStatus,
  type PolicyTable,
} from '#network'
import type { Listener, TransportProtocol } from '../model/fabric.ts'
import { outsideServer } from '../model/outside.ts'
import { createSimNameServer, type SimNameServer } from '../names/name-server.ts'
import { type FoundHost, type ResolverFiles, resolvConfText } from '../names/resolver.ts'
import type { RefusedConnection } from '../policies/restriction.ts'
import type { NameRequest, ProcessAnswer } from '../process/process.ts'
import {
  type ConnectionAttempt,
  connect,
  type Exchange,
  exchange,
  type Limit,
  type UnsentRequest,
} from './connection.ts'
import type { SimFabric } from './create-fabric.ts'
import { createResolver } from './create-resolver.ts'
import type { Origin } from './route.ts'
import { createRouter, type Router } from './router.ts'
import { createServiceRules } from './service-rules.ts'
import { createSimDialer, openDialTarget, type SimDialerOptions } from './sim-dialer.ts'

export interface SimNetworkOptions {
  readonly node: string
  /** The node's addresses, one of each family that the cluster has; the first is the one it is known by. */
  readonly nodeIps: readonly string[]
  readonly fabric: SimFabric
  readonly clock: Clock
  /** The node's own stream. */
  readonly random: Random
  readonly dns: ClusterDns
  /** Whether the node answers names itself; default where the cluster has an address for that. */
  readonly servesNames?: boolean
  /** How long a table takes to come into force, drawn evenly; default 1 to 5 ms. */
  readonly programMs?: { readonly least: number; readonly most: number }
  /** Receives each connection that policies refuse, once as long as they stay as they are. */
  readonly onRefused?: (refused: RefusedConnection) => void
}

/** The location of a client: a node, or a pod on it. */
export interface ClientLocation {
  /** The addresses of a pod on this node; the node itself otherwise. */
  readonly podIps?: readonly string[]
  /** The namespace of a client that looks names up as a pod there does. */
  readonly namespace?: string
  /** What a container says of names; it decides in the namespace's place. */
  readonly files?: () => ResolverFiles
}

/** The network of a simulated node, and what faults and clients do with it. */
export interface SimNetwork extends Network {
  /** Dials as a pod does instead of the node. */
  dialerFrom(location: ClientLocation): Dialer
  /** For clients that must know which pod they met. */
  clientFrom(location: ClientLocation): SimClient
  /** The machine starts again: it routes nothing until the next `program`. */
  boot(): void
  /** Faults make the node's name server slow or silent until they are lifted. */
  disturbNames(disturbance: Disturbance): void
  /** Faults keep changes of these Services' rules (`namespace/name`) from arriving until they are left out. */
  holdServices(services: readonly string[]): void
  /** What `status` answers; routing goes on as it is. */
  setStatus(status: NetworkStatus): void
}

/** Opens connections and asks over them, without the words of a dialer. */
export interface SimClient {
  /** Looks a host up in no time: its address, and the whole name that it was found by. */
  resolve(host: string): FoundHost | undefined
  /** The same in the time that it takes; rejects when `signal` aborts. */
  lookUp(host: string, signal: AbortSignal): MaybePromise<FoundHost | undefined>
  /** Asks for a name as a process does. */
  askName(request: NameRequest, signal: AbortSignal): Promise<ProcessAnswer>
  /** Where a connection opened now would end. */
  connect(
    host: string,
    port: number,
    transport?: TransportProtocol,
  ): ConnectionAttempt | { readonly kind: 'unknownHost' }
  /**
   * The same with the addresses of a host in turn: the first where somebody answers, as curl takes it
   * of several (RFC 8305), without the quarter of a second that it waits for one that is silent.
   */
  connectTo(host: FoundHost, port: number, transport?: TransportProtocol): ChosenConnection
  /** Asks over a connection. When `limit` ends it, the outcome is a time-out. */
  ask(connection: ConnectionAttempt, unsent: UnsentRequest, limit: Limit): Promise<Exchange>
}

/** An attempt to connect, and the address that it went to. */
type ChosenConnection = ConnectionAttempt & { readonly ip: string }

const defaultProgramMs = { least: 1, most: 5 }

/** Creates the network of a simulated node and attaches its routing to the fabric. */
export function createSimNetwork(options: SimNetworkOptions): SimNetwork {
  const { node, nodeIps, fabric, clock, random, dns } = options
  const originOf = ({ podIps }: ClientLocation): Origin => {
    const ips = podIps ?? nodeIps
    const [ip = ''] = ips
    return { node, ip, ...(ips.length > 1 && { ips }), kind: podIps ? 'pod' : 'node' }
  }
  const { servesNames = dns.addresses.length > 0 } = options
  const nameServer = servesNames ? namesOf(options) : undefined
  const router = createRouter({
    node,
    nodeIps,
    clock,
    random: random.fork('endpoints'),
    onRefused: options.onRefused,
    ...(nameServer ? { nameListener: nameListenerOf(node, nameServer) } : {}),
  })
  const attached = new DisposableStack()
  for (const ip of nodeIps) attached.use(fabric.attachRouter(ip, router))
  const connections = { fabric, clock, router, nodeIps, random: random.fork('packets') }
  const resolverOf = (location: ClientLocation) =>
    createResolver({ connections, origin: originOf(location), clock, nameServer }, () =>
      filesOf(location, dns),
    )
  const dialerOptions = (location: ClientLocation): SimDialerOptions => ({
    connections,
    origin: originOf(location),
    resolve: (name) => resolverOf(location).resolve(name)?.ip,
  })
  let status: NetworkStatus = { kind: 'ready' }
  const { rules, program, restrict, forget } = programming(options, router)
  return {
    dns,
    ...(nameServer ? { nameServer } : {}),
    dial: createSimDialer(dialerOptions({})),
    program,
    restrict,
    status: async (signal) => {
      signal.throwIfAborted()
      return status
    },
    dialerFrom: (location) => createSimDialer(dialerOptions(location)),
    clientFrom: (location) => {
      const dialer = dialerOptions(location)
      const resolver = resolverOf(location)
      return {
        ...resolver,
        connectTo: (host, port, transport = 'tcp') =>
          connectTo(host, (ip) => connect(connections, dialer.origin, { ip, port, transport })),
        connect: (host, port, transport) => openDialTarget(dialer, { host, port }, transport),
        ask: (connection, unsent, limit) => exchange(connection, unsent, clock, limit),
      }
    },
    boot: () => {
      forget()
      nameServer?.boot()
    },
    disturbNames: (disturbance) => nameServer?.disturb(disturbance),
    holdServices: rules.hold,
    setStatus: (given) => {
      status = given
    },
    [Symbol.asyncDispose]: async () => {
      forget()
      attached[Symbol.dispose]()
    },
  }
}

function connectTo(
  { ip, others = [] }: FoundHost,
  open: (ip: string) => ConnectionAttempt,
): ChosenConnection {
  const first = { ...open(ip), ip }
  if (first.kind === 'open') return first
  for (const other of others) {
    const next = open(other)
    if (next.kind === 'open') return { ...next, ip: other }
  }
  return first
}

/** Tables of one kind come into force one after the other, each after its own delay. */
function programming(options: SimNetworkOptions, router: Router) {
  let wasRestricted = false
  const rules = createServiceRules(router.use)
  const restrictInTurn = inTurn(options, 'restrict', router.restriction.use)
  return {
    rules,
    program: inTurn(options, 'program', rules.use),
    restrict: async (table: PolicyTable, signal: AbortSignal): Promise<void> => {
      wasRestricted ||= table.pods.size > 0
      // Where there never was a policy there is nothing to do, and it takes no time.
      if (wasRestricted) await restrictInTurn(table, signal)
    },
    forget: () => {
      rules.forget()
      router.restriction.use(emptyPolicyTable)
    },
  }
}

function inTurn<T>(
  { clock, random, programMs }: SimNetworkOptions,
  purpose: string,
  use: (table: T) => void,
): (table: T, signal: AbortSignal) => Promise<void> {
  const { least, most } = programMs ?? defaultProgramMs
  const delays = random.fork(purpose)
  let last: Promise<void> = Promise.resolve()
  const inForce = async (before: Promise<void>, table: T, signal: AbortSignal) => {
    await before
    signal.throwIfAborted()
    const delayMs = least + randomInt(delays, most - least + 1)
    if (delayMs > 0) await clock.sleep(delayMs, signal)
    use(table)
  }
  return (table, signal) => {
    const mine = inForce(last, table, signal)
    // Whoever asked hears of a failure; those behind only wait for its end.
    last = mine.catch(() => {})
    return mine
  }
}

function namesOf({ dns, nodeIps: [ip = ''], random }: SimNetworkOptions): SimNameServer {
  const { domain, addresses: servers } = dns
  return createSimNameServer({ domain, servers, ip, random: random.fork('names') })
}

/** What listens on the node's own port for names; nobody sends anything else there. */
function nameListenerOf(node: string, { answer }: SimNameServer): Listener {
  return {
    owner: `${node}/names`,
    answerName: answer,
    answer: (_request, signal) =>
      new Promise((_resolve, reject) => void onAbort(signal, () => reject(signal.reason))),
  }
}

/** A client without files of its own asks as a pod of its namespace, a node as its machine. */
function filesOf({ files, namespace }: ClientLocation, dns: ClusterDns): ResolverFiles {
  if (files) return files()
  if (namespace === undefined || dns.addresses.length === 0) {
    return { resolvConf: `nameserver ${outsideServer}\n`, hosts: undefined }
  }
  const node = { nameservers: [], searches: [], options: [] }
  const { domain, addresses: nameservers } = dns
  const conf = clusterFirst({ namespace, domain, nameservers }, node)
  return { resolvConf: resolvConfText(conf), hosts: undefined }
}
