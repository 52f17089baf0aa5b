import { isPodTerminal, type Pod, type ResourceV1 } from '#api'
import { controllerOf, ownerReference, type ResourceRef, type Stored } from '#machinery'

export type DeviceClaimObject = Stored<ResourceV1.ResourceClaim>
export type ClaimTemplate = Stored<ResourceV1.ResourceClaimTemplate>
type PodClaim = NonNullable<NonNullable<Pod['spec']>['resourceClaims']>[number]
type Consumer = ResourceV1.ResourceClaimConsumerReference

/** A claim with devices is not thrown away while somebody may use them. */
export const protection = 'resource.kubernetes.io/delete-protection'
const madeForAnnotation = 'resource.kubernetes.io/pod-claim-name'
/** So much of a generated name is not random. */
const longestBase = 57

/** What is known of a claim of a pod: its name once it has one, and that the pod goes without it. */
export function claimNameOf(pod: Stored<Pod>, { name, resourceClaimName }: PodClaim) {
  if (resourceClaimName !== undefined) return { isMade: true, name: resourceClaimName }
  const made = pod.status?.resourceClaimStatuses?.find((status) => status.name === name)
  return { isMade: made !== undefined, name: made?.resourceClaimName }
}

/** The claims that a pod has or had, its own and that of its extended resources. */
export function claimNamesOf(pod: Stored<Pod>): readonly string[] {
  const named = (pod.spec?.resourceClaims ?? []).map((each) => claimNameOf(pod, each).name)
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName
  return [...named, extended].filter((name) => name !== undefined)
}

/** Whether a pod will not run any more, or never. */
export function isDone(pod: Stored<Pod>): boolean {
  return isPodTerminal(pod) || (!!pod.metadata.deletionTimestamp && !pod.spec?.nodeName)
}

/** Whether the claim was made for the pod, and for this claim of its spec. */
export function isMadeFor(claim: DeviceClaimObject, pod: Stored<Pod>, podClaim: PodClaim): boolean {
  return (
    controllerOf(claim)?.uid === pod.metadata.uid &&
    claim.metadata.annotations?.[madeForAnnotation] === podClaim.name
  )
}

/** The claim that a template gives a pod. */
export function claimFor(
  pod: Stored<Pod>,
  { name }: PodClaim,
  { spec }: ClaimTemplate,
  kind: ResourceRef,
) {
  const { labels, annotations } = spec.metadata ?? {}
  const { namespace } = pod.metadata
  return {
    metadata: {
      ...(namespace !== undefined && { namespace }),
      generateName: baseName(pod.metadata.name, name),
      ownerReferences: [{ ...ownerReference(pod, kind), controller: true }],
      annotations: { ...annotations, [madeForAnnotation]: name },
      ...(labels && { labels }),
    },
    spec: spec.spec,
  }
}

/** Both names give way in proportion, so that something of each is left. */
function baseName(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`
  if (whole.length <= longestBase) return whole
  const part = (text: string, of: string) =>
    text.slice(0, Math.floor((text.length * longestBase) / of.length))
  const first = `${part(pod, whole)}-`
  return first + part(claim, whole)
}

/** What remains of those who have reserved a claim; `isGone` is asked about pods alone. */
export function remainingConsumers(
  { status }: DeviceClaimObject,
  isGone: (consumer: Consumer) => boolean,
): readonly Consumer[] {
  return (status?.reservedFor ?? []).filter(
    (consumer) =>
      (consumer.apiGroup ?? '') !== '' || consumer.resource !== 'pods' || !isGone(consumer),
  )
}

/** The status of a claim that fewer use, which is given back with the last of them. */
export function releasedStatus(
  { metadata, status }: DeviceClaimObject,
  remaining: readonly Consumer[],
): ResourceV1.ResourceClaimStatus {
  const { reservedFor: _, allocation, ...rest } = status ?? {}
  const isKept = remaining.length > 0 || !metadata.finalizers?.includes(protection)
  return {
    ...rest,
    ...(allocation && isKept && { allocation }),
    ...(remaining.length > 0 && { reservedFor: remaining }),
  }
}
