import { endpointSlices, namespaces, services } from '#api'
import type { InformerFactory } from '#client'
import type { NamedService, NameFeed, NameServer } from '#dns'
import { keyOf } from '#machinery'
import { nameService } from './name-service.ts'
import { serviceIndex, serviceKeyOf, slicesByService } from './slices.ts'

/** The names of a cluster as these informers know them, without a copy. */
function nameFeed(informers: InformerFactory): NameFeed {
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
export async function feedNameServer(
  nameServer: NameServer | undefined,
  informers: InformerFactory,
  signal: AbortSignal,
): Promise<void> {
  if (nameServer === undefined) return
  await nameServer.serve(nameFeed(informers), signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
