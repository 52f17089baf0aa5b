import {
  endpointSlices,
  type LoadBalancerIngress,
  nodes,
  type Service,
  serviceNameLabel,
  services,
} from '#api'
import { deepEqual, keyOf, type Stored } from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../runner/controller.ts'
import { untilObserved } from '../shared/claims.ts'
import { isBalanced, planBalancer } from './plan.ts'
import type { AddressRange } from './pool.ts'

/** What the load balancer of a cluster without a cloud gives. */
export interface ServiceLbOptions {
  /** Addresses to give, each to one Service; without any, Services share those of the nodes. */
  readonly pool: readonly AddressRange[]
  /** TCP ports of nodes that no Service may have. */
  readonly reservedPorts: readonly number[]
}

const slicesByService = 'service'

/**
 * Gives Services of type LoadBalancer addresses, as upstream's service controller does with a cloud:
 * here the proxies of the nodes answer at them. Services of a class are left to whoever has the class.
 */
export function serviceLbController(options: ServiceLbOptions): Controller {
  return {
    name: 'service-lb-controller',
    eventSource: 'service-controller',
    // One at a time: the next address must see the last one.
    workers: 1,
    permissions: [
      { apiGroups: [''], resources: ['nodes', 'services'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['services/status'], verbs: ['patch', 'update'] },
      {
        apiGroups: ['discovery.k8s.io'],
        resources: ['endpointslices'],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: ['', 'events.k8s.io'],
        resources: ['events'],
        verbs: ['create', 'patch', 'update'],
      },
    ],
    start: (context) => start(context, options),
  }
}

function start({ informers }: ControllerContext, options: ServiceLbOptions): ControllerLoop {
  const cache = {
    services: informers.informer(services),
    nodes: informers.informer(nodes),
    slices: informers.informer(endpointSlices, {
      indexes: {
        [slicesByService]: ({ metadata }) => [
          `${metadata.namespace}/${metadata.labels?.[serviceNameLabel] ?? ''}`,
        ],
      },
    }),
  }
  const balanced = () => cache.services.list().filter(isBalanced)
  const reservedPorts = new Set(options.reservedPorts)
  return {
    watches: [
      // What one Service gives up another may have waited for.
      watching(services, (service) => [
        ...(isBalanced(service) ? [keyOf(service)] : []),
        ...balanced()
          .filter((each) => !each.status?.loadBalancer?.ingress?.length)
          .map(keyOf),
      ]),
      watching(nodes, () => balanced().map(keyOf)),
      watching(endpointSlices, ({ metadata }) => {
        const key = `${metadata.namespace}/${metadata.labels?.[serviceNameLabel] ?? ''}`
        const service = cache.services.get(key)
        return service && isBalanced(service) ? [key] : []
      }),
    ],
    async reconcile(key, reconcile) {
      const service = cache.services.get(key)
      if (!service || !isBalanced(service) || service.metadata.deletionTimestamp) return undefined
      const endpointNodes = new Set(
        cache.slices
          .by(slicesByService, key)
          .flatMap(({ endpoints }) => endpoints ?? [])
          .filter(({ conditions }) => conditions?.ready ?? true)
          .flatMap(({ nodeName }) => nodeName ?? []),
      )
      const plan = planBalancer({
        service,
        others: balanced().filter((each) => keyOf(each) !== key),
        nodes: cache.nodes.list(),
        hasEndpoint: (name) => endpointNodes.has(name),
        pool: options.pool,
        reservedPorts,
      })
      const held = service.status?.loadBalancer?.ingress ?? []
      const ingress = plan.kind === 'addresses' ? plan.ingress : []
      if (plan.kind === 'refused') {
        const message = `Error syncing load balancer: failed to ensure load balancer: ${plan.why}`
        const reason = 'SyncLoadBalancerFailed'
        reconcile.events.event(service, { type: 'Warning', reason, message })
      }
      if (deepEqual(held, ingress)) return undefined
      const written = await writeStatus(service, ingress, reconcile)
      await untilObserved(cache.services, written, reconcile)
      return undefined
    },
  }
}

async function writeStatus(
  service: Stored<Service>,
  ingress: readonly LoadBalancerIngress[],
  { client, events }: ReconcileContext,
): Promise<Stored<Service>> {
  const say = (reason: string, message: string) =>
    events.event(service, { type: 'Normal', reason, message })
  if (ingress.length > 0) say('EnsuringLoadBalancer', 'Ensuring load balancer')
  const loadBalancer = ingress.length > 0 ? { ingress } : {}
  const written = await client.update(
    services,
    { ...service, status: { ...service.status, loadBalancer } },
    { subresource: 'status' },
  )
  if (ingress.length > 0) say('EnsuredLoadBalancer', 'Ensured load balancer')
  return written
}
