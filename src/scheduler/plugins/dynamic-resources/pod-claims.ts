import type { Pod, ResourceV1 } from '#api'
import { controllerOf, type Stored } from '#machinery'
import type { DeviceView } from '../../devices/device-view.ts'

export type Claim = Stored<ResourceV1.ResourceClaim>

/** The claims of a pod, one for each that its spec names; or why they are not all there yet. */
export function podClaims(pod: Stored<Pod>, devices: DeviceView): readonly Claim[] | string {
  const claims: Claim[] = []
  const { namespace = '', name: podName } = pod.metadata
  for (const { name, resourceClaimName, resourceClaimTemplateName } of pod.spec?.resourceClaims ??
    []) {
    const made = pod.status?.resourceClaimStatuses?.find((status) => status.name === name)
    if (resourceClaimTemplateName !== undefined && !made) {
      return `pod "${namespace}/${podName}": ResourceClaim not created yet`
    }
    const claimName = resourceClaimName ?? made?.resourceClaimName
    // The controller has decided that the pod needs none.
    if (claimName === undefined) continue
    const claim = devices.claim(namespace, claimName)
    if (!claim) return `could not find ResourceClaim "${namespace}/${claimName}"`
    if (claim.metadata.deletionTimestamp) return `resourceclaim "${claimName}" is being deleted`
    if (resourceClaimTemplateName !== undefined && controllerOf(claim)?.uid !== pod.metadata.uid) {
      return `ResourceClaim ${namespace}/${claimName} was not created for Pod ${namespace}/${podName} (Pod is not owner)`
    }
    claims.push(claim)
  }
  return claims
}

/** Whether the claim is held for the pod already. */
export function isReservedFor({ status }: Claim, { metadata }: Stored<Pod>): boolean {
  return (status?.reservedFor ?? []).some(({ uid }) => uid === metadata.uid)
}
