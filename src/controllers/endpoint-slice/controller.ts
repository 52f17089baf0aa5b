import {
  endpointSlices,
  nodes,
  pods,
  type Service,
  serviceNameLabel,
  services,
  sliceManagedByLabel,
} from '#api'
import {
  isNotFound,
  keyOf,
  matchesLabels,
  parseKey,
  type Stored,
  selectorFromMap,
} from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../controller.ts'
import { untilLeaving, untilSeen } from '../shared/claims.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'
import { type Action, managedBy, planSlices } from './plan.ts'

const slicesByService = 'service'

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
  const selecting = (
    namespace: string | undefined,
    labels: Readonly<Record<string, string>> | undefined,
  ) =>
    cache.services
      .list(namespace)
      .filter(
        ({ spec }) => hasSelector(spec) && matchesLabels(selectorFromMap(spec?.selector), labels),
      )
      .map(keyOf)

  return {
    watches: [
      watching(services, (service) => [keyOf(service)]),
      watching(pods, ({ metadata }) => selecting(metadata.namespace, metadata.labels)),
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
      if (!service || !hasSelector(service.spec)) {
        for (const slice of slices)
          await execute({ kind: 'delete', slice }, cache.slices, reconcile)
        return undefined
      }
      const selector = selectorFromMap(service.spec?.selector)
      const { namespace } = parseKey(key)
      const selected = cache.pods
        .list(namespace)
        .filter(({ metadata }) => matchesLabels(selector, metadata.labels))
      const actions = planSlices({
        service,
        pods: selected,
        slices,
        nodeOf: (name) => cache.nodes.get(name),
      })
      for (const action of actions) await execute(action, cache.slices, reconcile)
      return undefined
    },
  }
}

function hasSelector(spec: Stored<Service>['spec']): boolean {
  return spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0
}

type Slices = Parameters<typeof untilSeen>[0]

async function execute(action: Action, cache: Slices, context: ReconcileContext): Promise<void> {
  const { client } = context
  try {
    if (action.kind === 'delete') {
      await client.delete(endpointSlices, action.slice.metadata)
      await untilLeaving(cache, action.slice, context)
      return
    }
    const written =
      action.kind === 'create'
        ? await client.create(endpointSlices, action.slice)
        : await client.update(endpointSlices, action.slice)
    await untilSeen(cache, written, context)
  } catch (error) {
    if (!isNotFound(error) && !namespaceIsTerminating(error)) throw error
  }
}
