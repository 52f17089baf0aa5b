import { isIPv6 } from 'node:net'
import type { Endpoint, EndpointSlice } from '#api'

/** One address behind a service port, as the slices tell it. */
export interface SliceEndpoint {
  readonly ip: string
  readonly port: number
  readonly local: boolean
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  /** Zones and nodes that this endpoint is meant for; absent without a hint. */
  readonly forZones?: ReadonlySet<string>
  readonly forNodes?: ReadonlySet<string>
}

/** Which endpoints of a service are asked for. */
export interface EndpointQuery {
  readonly portName: string
  readonly protocol: string
  readonly addressType: 'IPv4' | 'IPv6'
  readonly nodeName: string
}

/**
 * The endpoints of one service port from all slices of the service, by address. While an endpoint
 * moves between slices it may stand in two of them; then the one on this node counts, else the
 * first (upstream's rule).
 */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  query: EndpointQuery,
): readonly SliceEndpoint[] {
  const found = new Map<string, SliceEndpoint>()
  for (const slice of slices) {
    if (slice.addressType !== query.addressType) continue
    for (const endpoint of readSlice(slice, query)) {
      const key = `${endpoint.ip} ${endpoint.port}`
      if (!found.has(key) || endpoint.local) found.set(key, endpoint)
    }
  }
  return [...found.values()].sort(byAddress)
}

function readSlice(slice: EndpointSlice, query: EndpointQuery): readonly SliceEndpoint[] {
  return portsOf(slice, query).flatMap((port) =>
    (slice.endpoints ?? []).flatMap((endpoint) => readEndpoint(endpoint, port, query.nodeName)),
  )
}

/** The family of an address or CIDR as slices name it. */
export function addressTypeOf(ip: string): 'IPv4' | 'IPv6' {
  return isIPv6(ip.split('/')[0] ?? '') ? 'IPv6' : 'IPv4'
}

function portsOf(slice: EndpointSlice, { portName, protocol }: EndpointQuery): readonly number[] {
  return (slice.ports ?? []).flatMap(({ name, protocol: own, port }) =>
    (name ?? '') === portName && (own ?? 'TCP') === protocol && port !== undefined ? [port] : [],
  )
}

function readEndpoint(
  endpoint: Endpoint,
  port: number,
  nodeName: string,
): readonly SliceEndpoint[] {
  // All addresses of one endpoint are the same to a proxy, which uses the first.
  const [ip] = endpoint.addresses
  if (ip === undefined) return []
  const { conditions = {}, hints } = endpoint
  // A condition that nobody states is a good one (the API's rule for conditions of endpoints).
  const read = {
    ip,
    port,
    local: endpoint.nodeName === nodeName,
    ready: conditions.ready ?? true,
    serving: conditions.serving ?? true,
    terminating: conditions.terminating ?? false,
    ...(hints?.forZones?.length && { forZones: namesOf(hints.forZones) }),
    ...(hints?.forNodes?.length && { forNodes: namesOf(hints.forNodes) }),
  }
  return [read]
}

const namesOf = (items: readonly { readonly name: string }[]): ReadonlySet<string> =>
  new Set(items.map(({ name }) => name))

function byAddress(a: SliceEndpoint, b: SliceEndpoint): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1
  return a.port - b.port
}
