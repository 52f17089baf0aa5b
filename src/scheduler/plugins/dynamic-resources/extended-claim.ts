import { isExtendedResource, type Pod, pods, resourceClaims } from '#api'
import { controllerOf, ownerReference, type Stored } from '#machinery'
import type { DeviceView } from '../../devices/device-view.ts'
import { isImplicitResource } from '../../devices/requests.ts'
import type { BindContext } from '../../framework/plugin.ts'
import type { NodeInfo } from '../../model/node-info.ts'
import type { PodInfo } from '../../model/pod-info.ts'
import { extendedRequests, type RequestMapping } from './extended-requests.ts'
import type { Claim } from './pod-claims.ts'

const annotation = 'resource.kubernetes.io/extended-resource-claim'
const protection = 'resource.kubernetes.io/delete-protection'

/** A claim for the extended resources of a pod that devices stand for on one node. */
export interface ExtendedClaim {
  readonly claim: Claim
  readonly mappings: readonly RequestMapping[]
}

/** Whether devices stand for any of the resources that a pod asks for. */
export function usesDeviceClasses({ request }: PodInfo, devices: DeviceView): boolean {
  return [...request.scalars].some(([name, amount]) => amount > 0 && devices.classFor(name))
}

/** The claim that an earlier attempt has left. */
export function staleClaim({ uid }: PodInfo, devices: DeviceView): Claim | undefined {
  for (const claim of devices.claims()) {
    const isSpecial = claim.metadata.annotations?.[annotation] === 'true'
    if (isSpecial && controllerOf(claim)?.uid === uid) return claim
  }
  return undefined
}

/**
 * What has to be allocated on a node: nothing where the node has all the resources itself, and no claim helps where a
 * resource is neither the node's nor a class's.
 */
export function claimOnNode(
  { pod, request }: PodInfo,
  node: NodeInfo,
  devices: DeviceView,
): ExtendedClaim | 'nothing' | 'cannot fit resource' {
  const classes = new Map<string, string>()
  for (const [name, amount] of request.scalars) {
    if (amount === 0 || !(isExtendedResource(name) || isImplicitResource(name))) continue
    const deviceClass = devices.classFor(name)
    const own = node.allocatable.scalars.get(name)
    if (deviceClass && !own) classes.set(name, deviceClass.metadata.name)
    else if (own === undefined) return 'cannot fit resource'
  }
  if (classes.size === 0) return 'nothing'
  const { requests, mappings } = extendedRequests(pod, classes)
  return { claim: claimFor(pod, requests), mappings }
}

/** It has no name before it is written, and none that a real one could have. */
function claimFor(
  pod: Stored<Pod>,
  requests: NonNullable<Claim['spec']['devices']>['requests'],
): Claim {
  const { namespace, name } = pod.metadata
  return {
    ...{ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim' },
    metadata: {
      ...{ name: '<extended-resources>', uid: '', resourceVersion: '', creationTimestamp: '' },
      ...(namespace !== undefined && { namespace }),
      generateName: `${name}-extended-resources-`,
      ownerReferences: [{ ...ownerReference(pod, pods), controller: true }],
      annotations: { [annotation]: 'true' },
    },
    spec: { devices: { requests: requests ?? [] } },
  }
}

/** Writes the claim, which gets its name. */
export function createExtendedClaim(
  { metadata, spec }: Claim,
  { client }: BindContext,
): Promise<Claim> {
  const { name: _n, uid: _u, resourceVersion: _r, creationTimestamp: _c, ...kept } = metadata
  return client.create(resourceClaims, { metadata: kept, spec })
}

/** Names the claim to the pod, whose kubelet looks there for it. */
export async function writeExtendedStatus(
  pod: Stored<Pod>,
  claim: Claim,
  requestMappings: readonly RequestMapping[],
  { client }: BindContext,
): Promise<void> {
  const resourceClaimName = claim.metadata.name
  const extendedResourceClaimStatus = { requestMappings, resourceClaimName }
  const patch = { metadata: { uid: pod.metadata.uid }, status: { extendedResourceClaimStatus } }
  const options = { subresource: 'status' }
  await client.patch(pods, pod.metadata, { kind: 'strategic', patch }, options)
}

/** Nobody else uses it, so that nothing keeps it. */
export async function deleteExtendedClaim(claim: Claim, { client }: BindContext): Promise<void> {
  const { finalizers = [], ...metadata } = claim.metadata
  const left = finalizers.filter((finalizer) => finalizer !== protection)
  await client.update(resourceClaims, { ...claim, metadata: { ...metadata, finalizers: left } })
  await client.delete(resourceClaims, claim.metadata)
}
