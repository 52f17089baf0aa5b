import { nodes } from '#api'
import { keyOf } from '#machinery'
import { isNotFound } from '#machinery/status'
import { type Controller, watching } from '../runner/controller.ts'
import { untilObserved } from '../shared/claims.ts'
import { nextCidrs, requireParts } from './plan.ts'

/** Gives every node its part of each of the pods' networks (upstream: nodeipam, RangeAllocator). */
export function nodeIpamController(clusterCidrs: readonly string[]): Controller {
  for (const cidr of clusterCidrs) requireParts(cidr)
  return {
    name: 'node-ipam',
    eventSource: 'cidrAllocator',
    // One at a time: the next allocation must see the last one.
    workers: 1,
    permissions: [
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch', 'update', 'watch'] },
      { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
      {
        apiGroups: ['', 'events.k8s.io'],
        resources: ['events'],
        verbs: ['create', 'patch', 'update'],
      },
    ],
    start(context) {
      const cache = context.informers.informer(nodes)
      return {
        watches: [watching(nodes, (node) => [keyOf(node)])],
        async reconcile(name, reconcile) {
          const node = cache.get(name)
          if (!node || node.metadata.deletionTimestamp || node.spec?.podCIDR) return undefined
          const used = cache.list().flatMap(({ spec }) => spec?.podCIDRs ?? spec?.podCIDR ?? [])
          const podCIDRs = nextCidrs(clusterCidrs, used)
          if (podCIDRs === undefined) {
            const message = `Node ${name} status is now: CIDRNotAvailable`
            reconcile.events.event(node, { type: 'Normal', reason: 'CIDRNotAvailable', message })
            throw new Error('no remaining CIDRs available to allocate in the accepted range')
          }
          const { uid } = node.metadata
          const patch = { metadata: { uid }, spec: { podCIDR: podCIDRs[0], podCIDRs } }
          try {
            const written = await reconcile.client.patch(nodes, node.metadata, {
              kind: 'strategic',
              patch,
            })
            await untilObserved(cache, written, reconcile)
          } catch (error) {
            if (!isNotFound(error)) throw error
          }
          return undefined
        },
      }
    },
  }
}
