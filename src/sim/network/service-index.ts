import { isIPv6 } from 'node:net'
import type { ServiceHealthCheck, ServicePort, ServiceTable } from '#network'
import type { TransportProtocol } from '../model/fabric.ts'

/** Under which of its addresses a Service port was asked for; the policies differ. */
export type ServiceDoor = 'cluster' | 'external' | 'balanced'

interface ServiceHit {
  readonly port: ServicePort
  readonly door: ServiceDoor
}

/** A table in the order in which connections ask for it. */
export interface ServiceIndex {
  readonly services: ReadonlyMap<string, ServiceHit>
  /** Any other port of these is refused. */
  readonly clusterIps: ReadonlySet<string>
  readonly nodePorts: ReadonlyMap<string, ServicePort>
  readonly healthChecks: ReadonlyMap<number, ServiceHealthCheck>
}

const indexes = new WeakMap<ServiceTable, ServiceIndex>()

/** The index of a table, built when it is first asked for and shared by all who have that table. */
export function indexOf(table: ServiceTable): ServiceIndex {
  const known = indexes.get(table)
  if (known) return known
  const built = build(table)
  indexes.set(table, built)
  return built
}

/** What is asked for: an address and a port of it, over TCP or UDP. */
export interface Asked {
  readonly ip: string
  readonly port: number
  readonly transport: TransportProtocol
}

export const serviceKey = ({ ip, port, transport }: Asked): string => `${ip} ${port} ${transport}`
export const nodePortKey = ({ ip, port, transport }: Asked): string =>
  `${isIPv6(ip) ? 'IPv6' : 'IPv4'} ${port} ${transport}`

const transports: Readonly<Record<ServicePort['protocol'], TransportProtocol | undefined>> = {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: undefined,
}

/** The first claim on an address and port wins, as the table is in a fixed order. */
function build(table: ServiceTable): ServiceIndex {
  const services = new Map<string, ServiceHit>()
  const nodePorts = new Map<string, ServicePort>()
  const claim = (ip: string, hit: ServiceHit) => {
    const transport = transports[hit.port.protocol]
    if (!transport) return
    const key = serviceKey({ ip, port: hit.port.port, transport })
    if (!services.has(key)) services.set(key, hit)
  }
  for (const port of table.ports) {
    claim(port.clusterIp, { port, door: 'cluster' })
    for (const ip of port.externalIps) claim(ip, { port, door: 'external' })
    for (const ip of port.loadBalancerIps) claim(ip, { port, door: 'balanced' })
    const transport = transports[port.protocol]
    if (port.nodePort === undefined || !transport) continue
    const key = nodePortKey({ ip: port.clusterIp, port: port.nodePort, transport })
    if (!nodePorts.has(key)) nodePorts.set(key, port)
  }
  return {
    services,
    clusterIps: new Set(table.ports.map(({ clusterIp }) => clusterIp)),
    nodePorts,
    healthChecks: new Map(table.healthChecks.map((check) => [check.port, check])),
  }
}
