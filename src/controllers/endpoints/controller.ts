import { type Endpoints, endpoints, pods, type Service, services } from '#api'
import { messageOf } from '#lib'
import { keyOf, parseKey, type Stored } from '#machinery'
import { isAlreadyExists, isNotFound } from '#machinery/status'
import { type Controller, type ReconcileContext, watching } from '../runner/controller.ts'
import { untilObserved } from '../shared/claims.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'
import { podsOfService, selectsPods, servicesOfPod } from '../shared/service-pods.ts'
import { createTriggerTimes } from '../shared/trigger-times.ts'
import { planEndpoints } from './plan.ts'

/** Keeps the Endpoints of Services with a selector (upstream: pkg/controller/endpoint). */
export const endpointsController: Controller = {
  name: 'endpoint',
  workers: 5,
  permissions: [
    { apiGroups: [''], resources: ['services', 'pods'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: [''],
      resources: ['endpoints'],
      verbs: ['create', 'delete', 'get', 'list', 'update', 'watch'],
    },
    { apiGroups: [''], resources: ['endpoints/restricted'], verbs: ['create'] },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start({ informers }) {
    const cache = {
      services: informers.informer(services),
      pods: informers.informer(pods),
      endpoints: informers.informer(endpoints),
    }
    const triggerTimes = createTriggerTimes()
    return {
      watches: [
        watching(services, (service) => [keyOf(service)]),
        watching(pods, (pod) => servicesOfPod(pod, cache.services)),
        watching(endpoints, (each) => [keyOf(each)]),
      ],
      async reconcile(key, reconcile) {
        const service = cache.services.get(key)
        const held = cache.endpoints.get(key)
        if (!service) {
          triggerTimes.forget(key)
          if (held && isOurs(held)) await remove(key, reconcile)
          return undefined
        }
        if (!selectsPods(service)) return undefined
        const selected = podsOfService(service, cache.pods)
        const triggerTime = triggerTimes.next(service, selected)
        const planned = planEndpoints(service, selected, { held, triggerTime })
        if (!planned) return undefined
        const written = await write(service, planned, reconcile)
        if (written) await untilObserved(cache.endpoints, written, reconcile)
        return undefined
      },
    }
  },
}

/** Endpoints of nobody's Service may be a leader election's lock, or somebody's own. */
function isOurs({ metadata }: Stored<Endpoints>): boolean {
  return metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller'
}

async function remove(key: string, { client }: ReconcileContext): Promise<void> {
  try {
    await client.delete(endpoints, parseKey(key))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

async function write(
  service: Stored<Service>,
  planned: NonNullable<ReturnType<typeof planEndpoints>>,
  { client, events }: ReconcileContext,
): Promise<Stored<Endpoints> | undefined> {
  const isNew = planned.metadata.resourceVersion === undefined
  try {
    if (isNew) return await client.create(endpoints, planned)
    return await client.update(endpoints, planned)
  } catch (error) {
    if (namespaceIsTerminating(error) || (isNew && isAlreadyExists(error))) return undefined
    const [verb, reason] = isNew
      ? ['create', 'FailedToCreateEndpoint']
      : ['update', 'FailedToUpdateEndpoint']
    const message = `Failed to ${verb} endpoint for service ${keyOf(service)}: ${messageOf(error)}`
    events.event(service, { type: 'Warning', reason: reason ?? '', message })
    throw error
  }
}
