import type { IPAddress, Service, ServiceCIDR } from '#api'
import { keyOf, parseTime, type Stored } from '#machinery'
import { parseIp } from '#machinery/validation'
import { contains, managedBy } from '../service-cidr/plan.ts'

/** What is wrong, and what is to be done about it. */
export interface AddressRepair {
  readonly event?: { readonly reason: string; readonly message: string }
  /** The IPAddress that goes. */
  readonly remove?: string
  /** The IPAddress that comes. */
  readonly create?: IPAddress
}

interface World {
  readonly networks: readonly Stored<ServiceCIDR>[]
  readonly address: (ip: string) => Stored<IPAddress> | undefined
  readonly service: (key: string) => Stored<Service> | undefined
}

/** The IPAddress as the allocator makes it. */
function addressFor(ip: string, { metadata }: Stored<Service>): IPAddress {
  const { namespace = '', name } = metadata
  return {
    metadata: {
      name: ip,
      labels: {
        'ipaddress.kubernetes.io/ip-family': ip.includes(':') ? 'IPv6' : 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace, name } },
  }
}

/** Whether each cluster IP of a Service is held by an IPAddress that says so (upstream: `syncService`). */
export function judgeService(service: Stored<Service>, world: World): readonly AddressRepair[] {
  const { clusterIP, clusterIPs = [], type } = service.spec ?? {}
  if (type === 'ExternalName' || !clusterIP || clusterIP === 'None') return []
  return clusterIPs.flatMap((ip) => judgeIp(ip, service, world))
}

function judgeIp(ip: string, service: Stored<Service>, world: World): readonly AddressRepair[] {
  const family = parseIp(ip)?.family === 6 ? 'IPv6' : 'IPv4'
  const isInRange =
    world.networks.length === 0 || world.networks.some((network) => contains(network, ip))
  if (!isInRange) {
    const message = `Cluster IP [${family}]: ${ip} is not within any configured Service CIDR; please recreate service`
    return [{ event: { reason: 'ClusterIPOutOfRange', message } }]
  }
  const address = world.address(ip)
  const create = addressFor(ip, service)
  if (!address) {
    const message = `Cluster IP [${family}]: ${ip} is not allocated; repairing`
    return [{ event: { reason: 'ClusterIPNotAllocated', message }, create }]
  }
  const fault = referenceFault(address, service, world)
  if (fault === 'wrong') {
    const message = `the ClusterIP [${family}]: ${ip} for Service ${keyOf(service)} has a wrong reference; repairing`
    return [{ event: { reason: 'ClusterIPNotAllocated', message }, remove: ip, create }]
  }
  if (fault === 'another') {
    const message = `Cluster IP [${family}]:${ip} was assigned to multiple services; please recreate service`
    return [{ event: { reason: 'ClusterIPAlreadyAllocated', message } }]
  }
  const labels = address.metadata.labels ?? {}
  const hasLabels = managedBy(address) && labels['ipaddress.kubernetes.io/ip-family'] === family
  return hasLabels ? [] : [{ remove: ip, create }]
}

/** Whether an address names this Service; `another` where it names one that has the address as well. */
function referenceFault(
  { metadata: { name: ip }, spec }: Stored<IPAddress>,
  { metadata: { namespace, name } }: Stored<Service>,
  { service }: World,
): 'wrong' | 'another' | undefined {
  const { group = '', resource, ...parent } = spec?.parentRef ?? {}
  if (group !== '' || resource !== 'services') return 'wrong'
  if (parent.namespace === namespace && parent.name === name) return undefined
  const other = service(`${parent.namespace}/${parent.name}`)
  return other?.spec?.clusterIPs?.includes(ip) ? 'another' : 'wrong'
}

/** So long a Service may take to follow its IPAddress. */
const graceMs = 60_000

type Verdict =
  | { readonly kind: 'later'; readonly inMs: number }
  | { readonly kind: 'found'; readonly found: AddressRepair }

/** Whether an IPAddress of the allocator's belongs to a Service (upstream: `syncIPAddress`). */
export function judgeAddress(
  address: Stored<IPAddress>,
  service: (key: string) => Stored<Service> | undefined,
  nowMs: number,
): Verdict | undefined {
  if (!managedBy(address)) return undefined
  const { name, creationTimestamp } = address.metadata
  const parent = address.spec?.parentRef ?? {}
  if (parent.group || parent.resource !== 'services') {
    const message = `IPAddress ${name} appears to have been modified, not referencing a Service &ParentReference{Group:${parent.group ?? ''},Resource:${parent.resource ?? ''},Namespace:${parent.namespace ?? ''},Name:${parent.name ?? ''},}: cleaning up`
    return removal(name, 'IPAddressNotAllocated', message)
  }
  const owner = service(`${parent.namespace}/${parent.name}`)
  if (owner?.spec?.clusterIPs?.includes(name)) return undefined
  const leftMs = graceMs - (nowMs - (parseTime(creationTimestamp) ?? 0))
  if (leftMs > 0 && (!owner || owner.spec?.type === 'ExternalName')) {
    return { kind: 'later', inMs: leftMs }
  }
  const who = `${parent.namespace}/${parent.name}`
  if (!owner) {
    const message = `IPAddress: ${name} for Service ${who} appears to have leaked: cleaning up`
    return removal(name, 'IPAddressNotAllocated', message)
  }
  const message = `IPAddress: ${name} for Service ${keyOf(owner)} has a wrong reference; cleaning up`
  return removal(name, 'IPAddressWrongReference', message)
}

function removal(name: string, reason: string, message: string): Verdict {
  return { kind: 'found', found: { event: { reason, message }, remove: name } }
}
