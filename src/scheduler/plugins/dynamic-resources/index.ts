import { resourceClaims } from '#api'
import { deepEqual } from '#machinery'
import type { DeviceView } from '../../devices/device-view.ts'
import {
  type Plugin,
  type PostFilterContext,
  type PostFilterResult,
  skip,
  unresolvable,
} from '../../framework/plugin.ts'
import { type ClusterEvent, labelsChanged } from '../../model/cluster-event.ts'
import type { PodInfo } from '../../model/pod-info.ts'
import { deleteExtendedClaim, staleClaim, usesDeviceClasses } from './extended-claim.ts'
import { filterByClaims, isClaimAvailable, pluginName as name, notAvailable } from './filter.ts'
import { type Claim, podClaims } from './pod-claims.ts'

/** Allocates devices to the claims of pods, on nodes that can reach them. */
export const dynamicResources: Plugin = {
  name,
  weight: 2,
  preEnqueue({ pod }, { devices }) {
    if (!pod.spec?.resourceClaims?.length) return undefined
    const claims = podClaims(pod, devices)
    return typeof claims === 'string' ? unresolvable(name, claims) : undefined
  },
  preFilter(cycle) {
    const { devices } = cycle.snapshot.cluster
    const usesClasses = usesDeviceClasses(cycle.pod, devices)
    if (!cycle.pod.pod.spec?.resourceClaims?.length && !usesClasses) return skip
    const claims = podClaims(cycle.pod.pod, devices)
    if (typeof claims === 'string') {
      return { kind: 'reject', rejection: unresolvable(name, claims) }
    }
    return claims.length === 0 && !usesClasses ? skip : filterByClaims(claims, cycle)
  },
  // Only what a filter has found can be rated; it brings its own.
  preScore: () => undefined,
  postFilter,
  queueingHint: (event, pod, { devices }) => hintOf(event, pod, devices),
}

/** Where an allocation of before is of no use now, it is given back, so that another can be tried. */
function postFilter(context: PostFilterContext): PostFilterResult {
  const { pod, snapshot, rejections, nowMs } = context
  const claims = podClaims(pod.pod, snapshot.cluster.devices)
  const wasRejectedBefore = rejections.size === 0 && rejections.others.plugin !== ''
  const usesClasses = usesDeviceClasses(pod, snapshot.cluster.devices)
  const isEmpty = typeof claims === 'string' || (claims.length === 0 && !usesClasses)
  if (isEmpty || wasRejectedBefore) {
    return { kind: 'reject', reasons: ['no new claims to deallocate'] }
  }
  const stale = usesClasses ? staleClaim(pod, snapshot.cluster.devices) : undefined
  if (stale) {
    return {
      kind: 'reject',
      reasons: ['deletion of ResourceClaim completed'],
      write: (bind) => deleteExtendedClaim(stale, bind),
    }
  }
  const nodes = [...rejections.entries()]
    .filter(([, rejection]) => rejection === notAvailable)
    .flatMap(([node]) => snapshot.find(node) ?? [])
  const useless = claims.find(
    (claim) =>
      claim.status?.allocation &&
      isOnlyFor(claim, pod) &&
      nodes.some((node) => !isClaimAvailable(claim, node, nowMs)),
  )
  if (!useless) return { kind: 'reject', reasons: ['still not schedulable'] }
  return {
    kind: 'reject',
    reasons: ['deallocation of ResourceClaim completed'],
    async write({ client }) {
      const options = { subresource: 'status' }
      await client.update(resourceClaims, { ...useless, status: {} }, options)
    },
  }
}

function isOnlyFor({ status }: Claim, { uid }: PodInfo): boolean {
  return (status?.reservedFor ?? []).every((consumer) => consumer.uid === uid)
}

function hintOf(event: ClusterEvent, { pod }: PodInfo, devices: DeviceView): boolean {
  switch (event.kind) {
    case 'node':
      return nodeHint(event)
    case 'deviceClaim':
      return claimHint(event, pod, devices)
    case 'self': {
      const [was, is] = [event.before.pod.status, event.after.pod.status]
      if (deepEqual(was?.resourceClaimStatuses, is?.resourceClaimStatuses)) return false
      return typeof podClaims(event.after.pod, devices) !== 'string'
    }
    case 'deviceClass':
    case 'deviceSlice':
      return event.after !== undefined
    default:
      return false
  }
}

function nodeHint({ before, after }: ClusterEvent & { readonly kind: 'node' }): boolean {
  if (!before || !after) return after !== undefined
  return (
    labelsChanged(before, after) ||
    !deepEqual(before.status?.allocatable, after.status?.allocatable)
  )
}

/** A claim that was given back leaves devices to all pods; others matter to the pods that use them. */
function claimHint(
  { before, after }: ClusterEvent & { readonly kind: 'deviceClaim' },
  pod: PodInfo['pod'],
  devices: DeviceView,
): boolean {
  const claims = podClaims(pod, devices)
  if (!after || typeof claims === 'string') return false
  if (before?.status?.allocation && !after.status?.allocation) return true
  if (!claims.some(({ metadata }) => metadata.uid === after.metadata.uid)) return false
  return !before || !deepEqual(before.status ?? {}, after.status ?? {})
}
