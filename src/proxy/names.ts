import { type EndpointSlice, endpointSlices, namespaces, type Service, services } from '#api'
import type { InformerFactory } from '#client'
import type { NamedEndpoint, NamedPort, NamedService, NameFeed, NameServer } from '#dns'
import { keyOf } from '#machinery'
import { serviceIndex, serviceKeyOf, slicesByService } from './slices.ts'

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

/** The names of a cluster as these informers know them, without a copy. */
export function nameFeed(informers: InformerFactory): NameFeed {
  const allServices = informers.informer(services)
  const slices = informers.informer(endpointSlices, slicesByService)
  const allNamespaces = informers.informer(namespaces)
  const get = (key: string) => {
    const service = allServices.get(key)
    return service && nameService(service, slices.by(serviceIndex, key))
  }
  return {
    get,
    keys: () => allServices.list().map(keyOf),
    namespaces: () => allNamespaces.list().map(({ metadata }) => metadata.name),
    names: {
      service: (namespace, name) => get(`${namespace}/${name}`),
      hasNamespace: (name) => allNamespaces.get(name) !== undefined,
      at: (ip) => holders(ip),
    },
    subscribe: (changed) => {
      const subscriptions = new DisposableStack()
      subscriptions.use(
        allServices.subscribe(({ before, after }) => {
          const service = after ?? before
          if (service) changed(keyOf(service))
        }),
      )
      subscriptions.use(
        slices.subscribe(({ before, after }) => {
          const keys = [before, after].flatMap((slice) => (slice && serviceKeyOf(slice)) ?? [])
          for (const key of new Set(keys)) changed(key)
        }),
      )
      subscriptions.use(
        allNamespaces.subscribe(({ before, after }) => {
          if (!before || !after) changed(undefined)
        }),
      )
      return subscriptions
    },
    whenSynced: async (signal) => {
      for (const informer of [allServices, slices, allNamespaces]) await informer.whenSynced(signal)
    },
  }

  /** Nobody asks for names of addresses often enough for an index of them. */
  function holders(ip: string): readonly NamedService[] {
    const keys = new Set([
      ...allServices
        .list()
        .filter(({ spec }) => spec?.clusterIPs?.includes(ip) || spec?.clusterIP === ip)
        .map(keyOf),
      ...slices
        .list()
        .filter(({ endpoints }) => endpoints?.some(({ addresses }) => addresses.includes(ip)))
        .flatMap((slice) => serviceKeyOf(slice) ?? []),
    ])
    return [...keys].flatMap((key) => get(key) ?? [])
  }
}

/** Keeps the name server of a node told of its cluster's names until `signal` aborts. */
export async function serveNames(
  nameServer: NameServer | undefined,
  informers: InformerFactory,
  signal: AbortSignal,
): Promise<void> {
  if (nameServer === undefined) return
  await nameServer.serve(nameFeed(informers), signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
