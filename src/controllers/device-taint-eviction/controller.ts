import { type Pod, pods, type ResourceV1, resourceClaims, resourceSlices } from '#api'
import type { Informer } from '#client'
import { controllerOf, keyOf, type Stored } from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../runner/controller.ts'
import { disruptPod } from '../shared/disrupt-pod.ts'
import { evictionMs, type TaintsOf } from './plan.ts'

/** Deletes pods whose devices have NoExecute taints that nobody tolerates (upstream: devicetainteviction). */
export const deviceTaintEvictionController: Controller = {
  name: 'device-taint-eviction-controller',
  eventSource: 'device-taint-eviction-controller',
  workers: 8,
  permissions: [
    { apiGroups: [''], resources: ['pods'], verbs: ['delete', 'get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
    {
      apiGroups: ['resource.k8s.io'],
      resources: ['deviceclasses', 'resourceclaims', 'resourceslices'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

interface Caches {
  readonly pods: Informer<Pod>
  readonly claims: Informer<ResourceV1.ResourceClaim>
  readonly slices: Informer<ResourceV1.ResourceSlice>
}

const byPool = 'pool'
const poolOf = (driver: string, pool: string) => `${driver}/${pool}`

function start({ informers }: ControllerContext): ControllerLoop {
  const cache: Caches = {
    pods: informers.informer(pods),
    claims: informers.informer(resourceClaims, {
      indexes: {
        [byPool]: ({ status }) =>
          (status?.allocation?.devices?.results ?? []).map(({ driver, pool }) =>
            poolOf(driver, pool),
          ),
      },
    }),
    slices: informers.informer(resourceSlices, {
      indexes: { [byPool]: ({ spec }) => [poolOf(spec.driver, spec.pool.name)] },
    }),
  }
  const taintsOf = currentTaints(cache.slices)
  /** The pods that are to go, so that it is told when they may stay. */
  const leaving = new Set<string>()
  return {
    watches: [
      watching(pods, (pod) =>
        pod.spec?.nodeName && pod.spec.resourceClaims?.length ? [keyOf(pod)] : [],
      ),
      watching(resourceClaims, usersOf),
      watching(resourceSlices, ({ spec }) =>
        cache.claims.by(byPool, poolOf(spec.driver, spec.pool.name)).flatMap(usersOf),
      ),
    ],
    async reconcile(key, context) {
      const pod = cache.pods.get(key)
      const atMs = pod && podEvictionMs(pod, cache.claims, taintsOf)
      if (!pod || atMs === undefined) {
        if (leaving.delete(key) && pod) recordEvent(pod, 'Cancelling deletion', context)
        return undefined
      }
      const inMs = atMs - context.clock.wallMs()
      if (inMs > 0) {
        leaving.add(key)
        return { againInMs: inMs }
      }
      leaving.delete(key)
      if (!pod.metadata.deletionTimestamp) await evict(pod, context)
      return undefined
    },
  }
}

function usersOf({ metadata, status }: Stored<ResourceV1.ResourceClaim>): readonly string[] {
  const { namespace = '' } = metadata
  return (status?.reservedFor ?? [])
    .filter(({ resource, apiGroup = '' }) => resource === 'pods' && apiGroup === '')
    .map(({ name }) => keyOf({ namespace, name }))
}

/** The taints of a device in the newest slices of its pool. */
function currentTaints(slices: Informer<ResourceV1.ResourceSlice>): TaintsOf {
  return ({ driver, pool, device }) => {
    const all = slices.by(byPool, poolOf(driver, pool))
    const newest = Math.max(...all.map(({ spec }) => spec.pool.generation))
    return all
      .filter(({ spec }) => spec.pool.generation === newest)
      .flatMap(({ spec }) => spec.devices ?? [])
      .filter(({ name }) => name === device)
      .flatMap(({ taints = [] }) => taints)
  }
}

/** The first of the times at which one of the claims of the pod makes it go. */
function podEvictionMs(
  pod: Stored<Pod>,
  claims: Informer<ResourceV1.ResourceClaim>,
  taintsOf: TaintsOf,
): number | undefined {
  const { namespace = '', uid } = pod.metadata
  if (!pod.spec?.nodeName) return undefined
  const times = (pod.spec.resourceClaims ?? []).flatMap(({ name, resourceClaimName }) => {
    const made = pod.status?.resourceClaimStatuses?.find((status) => status.name === name)
    const claimName = resourceClaimName ?? made?.resourceClaimName
    const claim = claims.get(keyOf({ namespace, name: claimName ?? '' }))
    if (!claim?.status?.reservedFor?.some((user) => user.uid === uid)) return []
    if (resourceClaimName === undefined && controllerOf(claim)?.uid !== uid) return []
    return evictionMs(claim, taintsOf) ?? []
  })
  return times.length > 0 ? Math.min(...times) : undefined
}

function recordEvent(pod: Stored<Pod>, message: string, { events }: ReconcileContext): void {
  events.event(pod, { type: 'Normal', reason: 'DeviceTaintManagerEviction', message })
}

async function evict(pod: Stored<Pod>, context: ReconcileContext): Promise<void> {
  recordEvent(pod, 'Marking for deletion', context)
  await disruptPod(pod, disruption, context)
}

const disruption = {
  reason: 'DeletionByDeviceTaintManager',
  message: 'Device Taint manager: deleting due to NoExecute taint',
} as const
