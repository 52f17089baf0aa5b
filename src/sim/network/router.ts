import { isIPv6 } from 'node:net'
import { type Clock, type Random, randomInt } from '#lib'
import { emptyServiceTable, type ServiceEndpoint, type ServiceTable } from '#network'
import type { Listener, TransportProtocol } from '../model/fabric.ts'
import { namePort } from '../names/name-server.ts'
import {
  createRestriction,
  type RefusedConnection,
  type Restriction,
} from '../policies/restriction.ts'
import { createAffinity } from './affinity.ts'
import { healthListener } from './health-listener.ts'
import { type Destination, type Origin, route } from './route.ts'
import { indexOf } from './service-index.ts'

/** Where a connection goes on from a node. */
type Hop =
  | { readonly kind: 'direct' }
  | { readonly kind: 'reject' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'endpoint'; readonly endpoint: ServiceEndpoint; readonly fromIp: string }

/** A node's routing of Services: one table, and the choices that were made by it. */
export interface Router {
  readonly node: string
  /** Puts a table in force. */
  use(table: ServiceTable): void
  choose(origin: Origin, to: Destination): Hop
  /** What the node's policies let pass. */
  readonly restriction: Restriction
  /** What the node itself answers on a port: load balancers that ask for its health, or names. */
  ownListener(port: number, transport: TransportProtocol): Listener | undefined
}

export interface RouterOptions {
  readonly node: string
  /** The node's own addresses, one of each family that it has. */
  readonly nodeIps: readonly string[]
  readonly clock: Clock
  readonly random: Random
  /** The node's name server, where it has one. */
  readonly nameListener?: Listener
  /** Receives the connections that policies refuse. */
  readonly onRefused?: ((refused: RefusedConnection) => void) | undefined
}

export function createRouter(options: RouterOptions): Router {
  const { node, nodeIps, clock, random, nameListener } = options
  const affinity = createAffinity()
  let table: ServiceTable = emptyServiceTable
  const pick = (endpoints: readonly ServiceEndpoint[]) =>
    endpoints[endpoints.length === 1 ? 0 : randomInt(random, endpoints.length)] as ServiceEndpoint
  return {
    node,
    restriction: createRestriction(options.onRefused),
    use: (next) => {
      table = next
      affinity.keepOnly(next)
    },
    choose: (origin, to) => {
      if (table === emptyServiceTable) return { kind: 'direct' }
      const verdict = route(indexOf(table), origin, to)
      if (verdict.kind !== 'endpoints') return verdict
      const { port, endpoints, masquerade } = verdict
      const nowMs = clock.monotonicMs()
      const isSticky = port.affinitySeconds !== undefined
      const known = isSticky ? affinity.recall(port, origin.ip, nowMs) : undefined
      const endpoint = known && isAmong(endpoints, known) ? known : pick(endpoints)
      if (isSticky) affinity.remember(port, origin.ip, endpoint, nowMs)
      // A pod that reaches itself is masqueraded as well, or it would answer past the node.
      const isHidden = masquerade || endpoint.ip === origin.ip
      const own = nodeIps.find((ip) => isIPv6(ip) === isIPv6(endpoint.ip))
      const fromIp = isHidden ? (own ?? origin.ip) : origin.ip
      return { kind: 'endpoint', endpoint, fromIp }
    },
    ownListener: (port, transport) => {
      if (transport === 'udp') return port === namePort ? nameListener : undefined
      const check = indexOf(table).healthChecks.get(port)
      return check && healthListener(check)
    },
  }
}

const isAmong = (endpoints: readonly ServiceEndpoint[], { ip, port }: ServiceEndpoint) =>
  endpoints.some((endpoint) => endpoint.ip === ip && endpoint.port === port)
