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
  /**
   * By their keys the services of which something may have changed since the last reading, as they are
   * now; absent: of any.
   */
  readonly changed?: ReadonlyMap<string, Service | undefined>
}

/** What a service's part of the table was made from. Objects never change, so identity decides. */
interface Remembered {
  readonly service: Service
  readonly slices: readonly EndpointSlice[]
  readonly routing: ServiceRouting
  /** Where its ports begin in the table. */
  readonly at: number
}

interface Last {
  readonly node: ProxyNode
  readonly nameServer: ServiceEndpoint | undefined
  readonly known: Map<string, Remembered>
  readonly table: ServiceTable
}

/**
 * The same function, remembering the parts whose inputs are still the same objects: of thousands of
 * services a change concerns one, and costs what that one costs where the inputs say which it is.
 */
export function createTableMaker(): (inputs: ProxyInputs) => ServiceTable {
  let last: Last | undefined
  return (inputs) => {
    last = (last && patched(last, inputs)) ?? whole(inputs, last)
    return last.table
  }
}

function whole(inputs: ProxyInputs, last: Last | undefined): Last {
  const { services, slicesOf, node, nameServer } = inputs
  const previous = last && isSameNode(last, inputs) ? last.known : new Map<string, Remembered>()
  const known = new Map<string, Remembered>()
  let at = 0
  for (const service of services) {
    const key = keyOf(service)
    const slices = slicesOf(key)
    const old = previous.get(key)
    const routing =
      old && isCurrent(old, service, slices)
        ? old.routing
        : routeService(service, slices, { ...node, nameServer })
    known.set(key, { service, slices, routing, at })
    at += routing.ports.length
  }
  return { node, nameServer, known, table: tableOf(known.values()) }
}

/** The table with a few services routed anew in their places; undefined where others would move. */
function patched(last: Last, inputs: ProxyInputs): Last | undefined {
  const { changed, services } = inputs
  const { known, table } = last
  const isSameSet = services.length === known.size
  if (changed === undefined || !isSameSet || !isSameNode(last, inputs)) return undefined
  const fresh = new Map<string, Remembered>()
  for (const [key, service] of changed) {
    const old = known.get(key)
    const part = old && service && inPlace(old, service, inputs)
    if (part === undefined) return undefined
    if (part !== old) fresh.set(key, part)
  }
  if (fresh.size === 0) return last
  const ports = [...table.ports]
  for (const [key, part] of fresh) {
    known.set(key, part)
    for (const [index, port] of part.routing.ports.entries()) ports[part.at + index] = port
  }
  return { ...last, table: Object.freeze({ ...table, ports: Object.freeze(ports) }) }
}

/** A service routed anew, if it takes the place that it had. */
function inPlace(
  old: Remembered,
  service: Service,
  { slicesOf, node, nameServer }: ProxyInputs,
): Remembered | undefined {
  const slices = slicesOf(keyOf(service))
  if (isCurrent(old, service, slices)) return old
  const routing = routeService(service, slices, { ...node, nameServer })
  if (routing.ports.length !== old.routing.ports.length) return undefined
  if (routing.healthCheck || old.routing.healthCheck) return undefined
  return { service, slices, routing, at: old.at }
}

const isSameNode = (last: Last, { node, nameServer }: ProxyInputs): boolean =>
  last.node.name === node.name && last.node.zone === node.zone && last.nameServer === nameServer

function isCurrent(old: Remembered, service: Service, slices: readonly EndpointSlice[]): boolean {
  if (old.service !== service || old.slices.length !== slices.length) return false
  return slices.every((slice, index) => slice === old.slices[index])
}

function tableOf(parts: Iterable<Remembered>): ServiceTable {
  const routings = Array.from(parts, ({ routing }) => routing)
  return Object.freeze({
    ports: Object.freeze(routings.flatMap(({ ports }) => ports)),
    healthChecks: Object.freeze(
      routings.flatMap(({ healthCheck }) => (healthCheck ? [healthCheck] : [])),
    ),
  })
}
