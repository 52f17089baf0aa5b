import { BlockList, isIPv6 } from 'node:net'
import type { ServiceEndpoint, ServicePort } from '#network'
import type { TransportProtocol } from '../model/fabric.ts'
import { nodePortKey, type ServiceDoor, type ServiceIndex, serviceKey } from './service-index.ts'

/** Who opens a connection. */
export interface Origin {
  /** The node that it comes from, as the fabric names it. */
  readonly node: string
  readonly ip: string
  /** All of its addresses where it has more than that one, of one family each. */
  readonly ips?: readonly string[]
  readonly kind: 'pod' | 'node' | 'outside'
}

/** Whoever opens a connection, with the address of the family that it opens one to; undefined without one. */
export function ofFamily(origin: Origin, to: string): Origin | undefined {
  const isV6 = isIPv6(to)
  if (isIPv6(origin.ip) === isV6) return origin
  const ip = origin.ips?.find((each) => isIPv6(each) === isV6)
  return ip === undefined ? undefined : { ...origin, ip }
}

/** What a node's table says of a connection. */
export type Verdict =
  /** No address of a Service: it goes where it says. */
  | { readonly kind: 'direct' }
  | { readonly kind: 'reject' }
  | { readonly kind: 'drop' }
  | {
      readonly kind: 'endpoints'
      readonly port: ServicePort
      /** Never empty. */
      readonly endpoints: readonly ServiceEndpoint[]
      /** Whether the endpoint sees the node's address instead of the client's. */
      readonly masquerade: boolean
    }

const direct: Verdict = { kind: 'direct' }
const reject: Verdict = { kind: 'reject' }
const drop: Verdict = { kind: 'drop' }

export interface Destination {
  readonly ip: string
  readonly port: number
  readonly transport: TransportProtocol
  /** Whether the address is the routing node's own. */
  readonly isOwn: boolean
}

/** Decides by the rules of the nftables network: addresses of Services first, then node ports. */
export function route(index: ServiceIndex, origin: Origin, to: Destination): Verdict {
  const hit = index.services.get(serviceKey(to))
  if (hit) return throughDoor(hit.port, hit.door, origin)
  if (index.clusterIps.has(to.ip)) return reject
  const nodePort = to.isOwn ? index.nodePorts.get(nodePortKey(to)) : undefined
  return nodePort ? throughDoor(nodePort, 'external', origin) : direct
}

function throughDoor(port: ServicePort, door: ServiceDoor, origin: Origin): Verdict {
  if (door === 'cluster') return internal(port, origin)
  if (door === 'balanced' && !isAllowed(port.sourceRanges, origin.ip)) return drop
  return external(port, origin)
}

function internal(port: ServicePort, origin: Origin): Verdict {
  const isLocal = port.internalTrafficPolicy === 'Local'
  const endpoints = isLocal ? port.localEndpoints : port.clusterEndpoints
  if (endpoints.length === 0) return isLocal && port.hasEndpoints ? drop : reject
  return { kind: 'endpoints', port, endpoints, masquerade: origin.kind === 'outside' }
}

/** Policy Local is for the outside only: pods and nodes reach every endpoint. */
function external(port: ServicePort, origin: Origin): Verdict {
  const { clusterEndpoints, localEndpoints } = port
  if (port.externalTrafficPolicy === 'Cluster') {
    if (clusterEndpoints.length === 0) return reject
    return { kind: 'endpoints', port, endpoints: clusterEndpoints, masquerade: true }
  }
  if (!port.hasEndpoints) return reject
  if (origin.kind !== 'outside' && clusterEndpoints.length > 0) {
    const masquerade = origin.kind === 'node'
    return { kind: 'endpoints', port, endpoints: clusterEndpoints, masquerade }
  }
  if (localEndpoints.length === 0) return drop
  return { kind: 'endpoints', port, endpoints: localEndpoints, masquerade: false }
}

/** No ranges allow everybody. */
function isAllowed(ranges: readonly string[], ip: string): boolean {
  if (ranges.length === 0) return true
  const allowed = new BlockList()
  for (const range of ranges) {
    const [network = '', length = ''] = range.split('/')
    allowed.addSubnet(network, Number(length), isIPv6(network) ? 'ipv6' : 'ipv4')
  }
  return allowed.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4')
}
