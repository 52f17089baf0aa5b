import {
  endpointSlices,
  nodes,
  type Pod,
  pods,
  serviceNameLabel,
  services,
  sliceManagedByLabel,
} from '#api'
import { keyOf, type Stored } from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  watching,
} from '../runner/controller.ts'
import { podsOfService, selectsPods, servicesOfPod } from '../shared/service-pods.ts'
import { createTriggerTimes } from '../shared/trigger-times.ts'
import { executeSliceAction } from './execute.ts'
import { managedBy, planSlices } from './plan.ts'

const slicesByService = 'service'
/** When to look again for the node of a pod that was left out. */
const missingNodeMs = 1_000

/** Keeps the EndpointSlices of Services with a selector (upstream: pkg/controller/endpointslice). */
export const endpointSliceController: Controller = {
  name: 'endpointslice',
  eventSource: 'endpoint-slice-controller',
  workers: 5,
  permissions: [
    { apiGroups: [''], resources: ['services', 'pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['services/finalizers'], verbs: ['update'] },
    {
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'],
    },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

function start(context: ControllerContext): ControllerLoop {
  const { informers } = context
  const cache = {
    services: informers.informer(services),
    pods: informers.informer(pods),
    nodes: informers.informer(nodes),
    slices: informers.informer(endpointSlices, {
      indexes: {
        [slicesByService]: ({ metadata }) => [
          `${metadata.namespace}/${metadata.labels?.[serviceNameLabel] ?? ''}`,
        ],
      },
    }),
  }
  const triggerTimes = createTriggerTimes()
  return {
    watches: [
      watching(services, (service) => [keyOf(service)]),
      watching(pods, (pod) => servicesOfPod(pod, cache.services)),
      watching(endpointSlices, ({ metadata }) => {
        const name = metadata.labels?.[serviceNameLabel]
        return name && metadata.labels?.[sliceManagedByLabel] === managedBy
          ? [`${metadata.namespace}/${name}`]
          : []
      }),
    ],
    async reconcile(key, reconcile) {
      const service = cache.services.get(key)
      const slices = cache.slices
        .by(slicesByService, key)
        .filter(({ metadata }) => metadata.labels?.[sliceManagedByLabel] === managedBy)
      if (!service) triggerTimes.forget(key)
      if (!service || !selectsPods(service)) {
        for (const slice of slices)
          await executeSliceAction({ kind: 'delete', slice }, cache.slices, reconcile)
        return undefined
      }
      const selected = podsOfService(service, cache.pods)
      const actions = planSlices({
        service,
        pods: selected,
        slices,
        nodeOf: (name) => cache.nodes.get(name),
        triggerTime: triggerTimes.next(service, selected),
      })
      for (const action of actions) await executeSliceAction(action, cache.slices, reconcile)
      const isUnplaced = ({ spec }: Stored<Pod>) =>
        spec?.nodeName && !cache.nodes.get(spec.nodeName)
      return selected.some(isUnplaced) ? { againInMs: missingNodeMs } : undefined
    },
  }
}
