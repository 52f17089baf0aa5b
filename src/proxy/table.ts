import type { EndpointSlice, Service } from '#api'
import { keyOf } from '#machinery'
import type { ServiceEndpoint, ServiceTable } from '#network'
import type { ProxyNode } from './choice.ts'
import { routeService, type ServiceRouting } from './service-ports.ts'

/** Everything that decides the routing of one node. */
export interface ProxyInputs {
  /** In key order, as listers give them. */
  readonly services: readonly Service[]
  /** The slices of a service by its key, in key order. */
  slicesOf(serviceKey: string): readonly EndpointSlice[]
  readonly node: ProxyNode
  /** Where the node's own name server answers, in the place of the endpoints of the cluster's DNS. */
  readonly nameServer?: ServiceEndpoint
}

/** What a service's part of the table was made from. Objects never change, so identity decides. */
interface Remembered {
  readonly service: Service
  readonly slices: readonly EndpointSlice[]
  readonly routing: ServiceRouting
}

/**
 * The same function, remembering the parts whose inputs are still the same objects: of thousands of
 * services a change concerns one.
 */
export function createTableMaker(): (inputs: ProxyInputs) => ServiceTable {
  let known = new Map<string, Remembered>()
  let knownNode: ProxyNode | undefined
  return ({ services, slicesOf, node, nameServer }) => {
    const isSameNode = knownNode?.name === node.name && knownNode.zone === node.zone
    const previous = isSameNode ? known : new Map<string, Remembered>()
    known = new Map()
    knownNode = node
    for (const service of services) {
      const key = keyOf(service)
      const slices = slicesOf(key)
      const old = previous.get(key)
      const current = old && isCurrent(old, service, slices)
      known.set(
        key,
        current
          ? old
          : { service, slices, routing: routeService(service, slices, { ...node, nameServer }) },
      )
    }
    return tableOf([...known.values()].map(({ routing }) => routing))
  }
}

function isCurrent(old: Remembered, service: Service, slices: readonly EndpointSlice[]): boolean {
  if (old.service !== service || old.slices.length !== slices.length) return false
  return slices.every((slice, index) => slice === old.slices[index])
}

function tableOf(routings: readonly ServiceRouting[]): ServiceTable {
  return Object.freeze({
    ports: Object.freeze(routings.flatMap(({ ports }) => ports)),
    healthChecks: Object.freeze(
      routings.flatMap(({ healthCheck }) => (healthCheck ? [healthCheck] : [])),
    ),
  })
}
