import { endpointSlices, endpoints, serviceNameLabel, services, sliceManagedByLabel } from '#api'
import { keyOf } from '#machinery'
import { executeSliceAction } from '../endpoint-slice/execute.ts'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  watching,
} from '../runner/controller.ts'
import { mirroredBy, planMirror } from './plan.ts'

const mirrors = 'mirrors'

/**
 * Mirrors Endpoints that a person wrote, of Services without a selector, into EndpointSlices, which
 * the proxies read (upstream: pkg/controller/endpointslicemirroring).
 */
export const endpointSliceMirroringController: Controller = {
  name: 'endpointslicemirroring',
  eventSource: 'endpoint-slice-mirroring-controller',
  workers: 5,
  permissions: [
    { apiGroups: [''], resources: ['endpoints', 'services'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['endpoints/finalizers'], verbs: ['update'] },
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

function start({ informers }: ControllerContext): ControllerLoop {
  const cache = {
    services: informers.informer(services),
    endpoints: informers.informer(endpoints),
    slices: informers.informer(endpointSlices, {
      indexes: {
        [mirrors]: ({ metadata }) =>
          metadata.labels?.[sliceManagedByLabel] === mirroredBy
            ? [`${metadata.namespace}/${metadata.labels[serviceNameLabel] ?? ''}`]
            : [],
      },
    }),
  }
  return {
    watches: [
      watching(services, (service) => [keyOf(service)]),
      watching(endpoints, (each) => [keyOf(each)]),
      watching(endpointSlices, ({ metadata }) => {
        const name = metadata.labels?.[serviceNameLabel]
        return name && metadata.labels?.[sliceManagedByLabel] === mirroredBy
          ? [`${metadata.namespace}/${name}`]
          : []
      }),
    ],
    async reconcile(key, context) {
      const written = cache.endpoints.get(key)
      const { actions, skipped } = planMirror({
        service: cache.services.get(key),
        endpoints: written,
        slices: cache.slices.by(mirrors, key),
      })
      if (skipped > 0 && written && actions.length > 0) {
        const message = `A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`
        context.events.event(written, {
          type: 'Warning',
          reason: 'TooManyAddressesToMirror',
          message,
        })
      }
      for (const action of actions) await executeSliceAction(action, cache.slices, context)
      return undefined
    },
  }
}
