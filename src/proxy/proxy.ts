import { endpointSlices, nodes, services } from '#api'
import type { InformerFactory } from '#client'
import type { NameServer } from '#dns'
import type { Network } from '#network'
import type { ProxyNode } from './choice.ts'
import { feedNameServer } from './names.ts'
import { onlyNode } from './own-node.ts'
import { keepRestricted, type RestrictOptions } from './policies/restrict-node.ts'
import { serviceIndex, slicesByService } from './slices.ts'
import { keepProgrammed, type ProxySource, type SyncLoopOptions } from './sync-loop.ts'

/** What the service proxy of one node needs: its name, its informers, its network. */
export interface ProxyOptions extends SyncLoopOptions, RestrictOptions {
  readonly nodeName: string
  /** Run by the caller; reads services, endpoint slices, policies and the proxy's own node. */
  readonly informers: InformerFactory
  readonly network: Network
}

const zoneLabel = 'topology.kubernetes.io/zone'

/**
 * The service proxy of one node: programs its network from the API, Services and policies, and tells its
 * name server the cluster's names, until `signal` aborts.
 */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const { informers, network } = options
  await Promise.all([
    keepProgrammed(informerSource(options), options, signal),
    keepRestricted(options, signal),
    feedNameServer(network.nameServer, informers, signal),
  ])
}

function informerSource({ informers, nodeName, network }: ProxyOptions): ProxySource {
  const nameServer = network.nameServer && endpointAt(network.nameServer.endpoint)
  const allServices = informers.informer(services)
  const slices = informers.informer(endpointSlices, slicesByService)
  const ownNode = informers.informer(nodes, onlyNode(nodeName))
  const node = (): ProxyNode => ({
    name: nodeName,
    zone: ownNode.get(nodeName)?.metadata.labels?.[zoneLabel] ?? '',
  })
  return {
    read: () => ({
      services: allServices.list(),
      slicesOf: (serviceKey) => slices.by(serviceIndex, serviceKey),
      node: node(),
      ...(nameServer ? { nameServer } : {}),
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

const endpointAt = ({ ip, port }: NameServer['endpoint']) => ({ ip, port, local: true })
