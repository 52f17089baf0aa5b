import type { EndpointSlice, Service } from '#api'
import type { NamedEndpoint, NamedPort, NamedService } from '#dns'

/** What the names of a Service are made from; undefined while it has no address yet. */
export function nameService(
  { metadata, spec }: Service,
  slices: readonly EndpointSlice[],
): NamedService | undefined {
  if (spec === undefined) return undefined
  const identity = { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
  const ports = (spec.ports ?? []).map(({ name, protocol, port }) => named(name, protocol, port))
  if (spec.type === 'ExternalName') {
    const { externalName = '' } = spec
    return { ...identity, kind: 'externalName', externalName, addresses: [], ports, endpoints: [] }
  }
  const addresses = spec.clusterIPs ?? [spec.clusterIP ?? '']
  if (addresses[0] === '' || addresses.length === 0) return undefined
  const endpoints = slices.flatMap(nameEndpoints)
  if (addresses[0] === 'None') {
    return { ...identity, kind: 'headless', addresses: [], ports, endpoints }
  }
  return { ...identity, kind: 'clusterIp', addresses, ports, endpoints }
}

const named = (name = '', protocol = 'TCP', port = 0): NamedPort => ({
  name,
  protocol: protocol.toLowerCase(),
  port,
})

/** The slices of a Service that publishes those that are not ready call them ready. */
function nameEndpoints({ addressType, endpoints, ports }: EndpointSlice): readonly NamedEndpoint[] {
  if (addressType === 'FQDN') return []
  const offered = (ports ?? []).flatMap(({ name, protocol, port }) =>
    port === undefined ? [] : [named(name, protocol, port)],
  )
  return (endpoints ?? []).flatMap(({ addresses, hostname, conditions }) =>
    (conditions?.ready ?? true)
      ? addresses.map((ip) => ({ ip, ...(hostname ? { hostname } : {}), ports: offered }))
      : [],
  )
}
