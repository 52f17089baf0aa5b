import { isIPv6 } from 'node:net'
import type { ServiceHealthCheck, ServicePort, ServiceTable } from '#network'

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

export const serviceKey = (ip: string, port: number): string => `${ip} ${port}`
export const nodePortKey = (ip: string, port: number): string =>
  `${isIPv6(ip) ? 'IPv6' : 'IPv4'} ${port}`

/** The first claim on an address and port wins, as the table is in a fixed order. */
function build(table: ServiceTable): ServiceIndex {
  const services = new Map<string, ServiceHit>()
  const nodePorts = new Map<string, ServicePort>()
  const claim = (ip: string, hit: ServiceHit) => {
    const key = serviceKey(ip, hit.port.port)
    if (!services.has(key)) services.set(key, hit)
  }
  const tcp = table.ports.filter(({ protocol }) => protocol === 'TCP')
  for (const port of tcp) {
    claim(port.clusterIp, { port, door: 'cluster' })
    for (const ip of port.externalIps) claim(ip, { port, door: 'external' })
    for (const ip of port.loadBalancerIps) claim(ip, { port, door: 'balanced' })
    if (port.nodePort === undefined) continue
    const key = nodePortKey(port.clusterIp, port.nodePort)
    if (!nodePorts.has(key)) nodePorts.set(key, port)
  }
  return {
    services,
    clusterIps: new Set(table.ports.map(({ clusterIp }) => clusterIp)),
    nodePorts,
    healthChecks: new Map(table.healthChecks.map((check) => [check.port, check])),
  }
}
