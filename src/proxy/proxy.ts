import { endpointSlices, nodes, services } from '#api'
import type { InformerFactory } from '#client'
import type { ProxyNode } from './choice.ts'
import { keepProgrammed, type ProxySource, type SyncLoopOptions } from './sync-loop.ts'
import { serviceKeyOf } from './table.ts'

/** What the service proxy of one node needs: its name, its informers, its network. */
export interface ProxyOptions extends SyncLoopOptions {
  readonly nodeName: string
  /** Run by the caller; reads services, endpoint slices and the proxy's own node. */
  readonly informers: InformerFactory
}

const zoneLabel = 'topology.kubernetes.io/zone'
const serviceIndex = 'service'

/** The service proxy of one node: programs its network from the API until `signal` aborts. */
export function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  return keepProgrammed(informerSource(options), options, signal)
}

function informerSource({ informers, nodeName }: ProxyOptions): ProxySource {
  const allServices = informers.informer(services)
  const slices = informers.informer(endpointSlices, {
    indexes: { [serviceIndex]: (slice) => asList(serviceKeyOf(slice)) },
  })
  const ownNode = informers.informer(nodes, { fieldSelector: `metadata.name=${nodeName}` })
  const node = (): ProxyNode => ({
    name: nodeName,
    zone: ownNode.get(nodeName)?.metadata.labels?.[zoneLabel] ?? '',
  })
  return {
    read: () => ({
      services: allServices.list(),
      slicesOf: (serviceKey) => slices.by(serviceIndex, serviceKey),
      node: node(),
    }),
    subscribe: (changed) => {
      let { zone } = node()
      const subscriptions = new DisposableStack()
      subscriptions.use(allServices.subscribe(changed))
      subscriptions.use(slices.subscribe(changed))
      // The node's heartbeats are no changes; only its zone is.
      const zoneChanged = () => {
        if (node().zone === zone) return
        ;({ zone } = node())
        changed()
      }
      subscriptions.use(ownNode.subscribe(zoneChanged))
      return subscriptions
    },
    whenSynced: async (signal) => {
      for (const informer of [allServices, slices, ownNode]) await informer.whenSynced(signal)
    },
  }
}

const asList = (item: string | undefined): readonly string[] => (item === undefined ? [] : [item])
