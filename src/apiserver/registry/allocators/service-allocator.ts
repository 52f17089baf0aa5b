import { type Service, services } from '#api'
import type { Resource, Stored } from '#machinery'
import type { Allocator } from '../../request/resource-request.ts'
import { addressClaims, allocateAddresses } from './addresses.ts'
import { withFamilies } from './ip-families.ts'
import { type AddressNetwork, networkOf } from './networks.ts'
import { allocateNodePorts, type NodePortRange, nodePortClaims } from './node-ports.ts'

/** From what cluster IPs and node ports are drawn. */
export interface ServiceAllocatorOptions {
  /**
   * Networks of cluster IPs, one for each family: that of the first is the default, and its first
   * address that of the `kubernetes` Service.
   */
  readonly cidrs: readonly string[]
  readonly nodePorts: NodePortRange
}

/** Gives Services their cluster IPs and node ports. */
export function serviceAllocator(options: ServiceAllocatorOptions): Allocator {
  const own = options.cidrs.map(requireNetwork)
  const families = own.map(({ family }) => family)
  return {
    handles: ({ group, plural }: Resource) =>
      group === services.group && plural === services.plural,
    allocate(object, old, world) {
      const before = old as Stored<Service> | undefined
      const service = withFamilies(object as Service, before, families)
      const address = allocateAddresses(service, before, { own, world })
      return allocateNodePorts(address, before, { range: options.nodePorts, world })
    },
    release: (object) => {
      const service = object as Stored<Service>
      const keys = [...addressClaims(service), ...nodePortClaims(service)]
      return keys.map((key) => ({ kind: 'delete', key }))
    },
  }
}

function requireNetwork(cidr: string): AddressNetwork {
  const network = networkOf(cidr)
  if (network) return network
  throw new Error(`not a network of Services: ${cidr}`)
}
