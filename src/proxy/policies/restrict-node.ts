import { namespaces, networkPolicies, nodes, pods } from '#api'
import type { InformerFactory } from '#client'
import { keyOf } from '#machinery'
import type { Network } from '#network'
import { onlyNode } from '../sync/own-node.ts'
import { type SyncRhythm, type SyncRound, syncInRounds } from '../sync/sync-rounds.ts'
import { createPolicyIndex, type PolicyIndex } from './policy-index.ts'

/** What restricts the pods of one node: its name, its informers, its network. */
export interface RestrictOptions extends SyncRhythm {
  readonly nodeName: string
  readonly informers: InformerFactory
  readonly network: Pick<Network, 'restrict' | 'nameServer' | 'dns'>
}

/**
 * Keeps the pods of one node restricted as the cluster's policies say, until `signal` aborts. Pods and
 * namespaces are read only once there is a policy: a cluster without any pays nothing for them.
 */
export async function keepRestricted(options: RestrictOptions, signal: AbortSignal): Promise<void> {
  const { informers, network, nodeName } = options
  const policies = informers.informer(networkPolicies)
  const nameServers = network.nameServer ? network.dns.addresses : []
  const index = createPolicyIndex({ name: nodeName, nameServers })
  using followed = new DisposableStack()
  let world: World | undefined
  let changed = () => {}
  const round: SyncRound = {
    subscribe: (notify) => {
      changed = notify
      return policies.subscribe(({ before, after }) => {
        const policy = after ?? before
        if (policy) index.setPolicy(keyOf(policy), after)
        changed()
      })
    },
    whenSynced: policies.whenSynced,
    apply: async (roundSignal) => {
      if (world === undefined && policies.list().length > 0) {
        world = followWorld(options, index, () => changed())
        followed.use(world)
      }
      await world?.whenSynced(roundSignal)
      await network.restrict(index.table(), roundSignal)
      return world === undefined ? 'rest' : 'repeat'
    },
    failure: 'pods are not restricted as policies say',
  }
  await syncInRounds(round, options, signal)
}

interface World extends Disposable {
  whenSynced(signal: AbortSignal): Promise<void>
}

/** Feeds an index with all that policies are about besides themselves. */
function followWorld(
  { informers, nodeName }: RestrictOptions,
  index: PolicyIndex,
  changed: () => void,
): World {
  const allPods = informers.informer(pods)
  const allNamespaces = informers.informer(namespaces)
  const ownNode = informers.informer(nodes, onlyNode(nodeName))
  const subscriptions = new DisposableStack()
  subscriptions.use(
    allNamespaces.subscribe(({ before, after }) => {
      if (before && after && before.metadata.labels === after.metadata.labels) return
      const name = (after ?? before)?.metadata.name ?? ''
      index.setNamespace(name, after && (after.metadata.labels ?? {}))
      changed()
    }),
  )
  subscriptions.use(
    allPods.subscribe(({ before, after }) => {
      const pod = after ?? before
      if (pod && index.setPod(keyOf(pod), after)) changed()
    }),
  )
  subscriptions.use(
    ownNode.subscribe(({ after }) => {
      const addresses = after?.status?.addresses ?? []
      const ips = addresses.flatMap(({ type, address }) => (type.endsWith('IP') ? [address] : []))
      if (index.setNodeAddresses(ips)) changed()
    }),
  )
  return {
    whenSynced: async (signal) => {
      for (const informer of [allPods, allNamespaces, ownNode]) await informer.whenSynced(signal)
    },
    [Symbol.dispose]: () => subscriptions.dispose(),
  }
}
