import { endpointSlices, nodes, services } from '#api'
import type { InformerFactory } from '#client'
import type { NameServer } from '#dns'
import { keyOf } from '#machinery'
import type { Network } from '#network'
import type { ProxyNode } from './choice.ts'
import { feedNameServer } from './names.ts'
import { keepRestricted, type RestrictOptions } from './policies/restrict-node.ts'
import { serviceIndex, serviceKeyOf, slicesByService } from './slices.ts'
import { onlyNode } from './sync/own-node.ts'
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
  // Of any, until the first reading.
  let touched: Set<string> | undefined
  return {
    read: () => {
      const changed = touched
      touched = new Set()
      return {
        services: allServices.list(),
        slicesOf: (serviceKey) => slices.by(serviceIndex, serviceKey),
        node: node(),
        ...(nameServer ? { nameServer } : {}),
        ...(changed && {
          changed: new Map([...changed].map((key) => [key, allServices.get(key)])),
        }),
      }
    },
    subscribe: (changed) => {
      let { zone } = node()
      const subscriptions = new DisposableStack()
      const touch = (keys: readonly (string | undefined)[]) => {
        for (const key of keys) if (key !== undefined) touched?.add(key)
        changed()
      }
      subscriptions.use(
        allServices.subscribe(({ before, after }) => {
          const service = after ?? before
          touch([service && keyOf(service)])
        }),
      )
      subscriptions.use(
        slices.subscribe(({ before, after }) =>
          touch([before && serviceKeyOf(before), after && serviceKeyOf(after)]),
        ),
      )
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
