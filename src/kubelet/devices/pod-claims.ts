import type { Pod } from '#api'
import type { Stored } from '#machinery'
import type { AnyContainer } from '../model/containers.ts'

/** A claim of a pod: its name in the namespace, and whether it was made for the pod. */
export interface NamedClaim {
  readonly name: string
  readonly isMade: boolean
  /** What the pod calls it; absent for the claim of its extended resources. */
  readonly podClaim?: string
}

/**
 * The claims of a pod.
 * @throws Error where one has not been made yet.
 */
export function namedClaims({ metadata, spec, status }: Stored<Pod>): readonly NamedClaim[] {
  const own = (spec?.resourceClaims ?? []).flatMap(({ name, resourceClaimName }): NamedClaim[] => {
    if (resourceClaimName !== undefined) {
      return [{ name: resourceClaimName, isMade: false, podClaim: name }]
    }
    const made = status?.resourceClaimStatuses?.find((each) => each.name === name)
    if (!made) {
      throw new Error(`pod "${metadata.namespace}/${metadata.name}": ResourceClaim not created yet`)
    }
    // It was decided that the pod needs none.
    if (made.resourceClaimName === undefined) return []
    return [{ name: made.resourceClaimName, isMade: true, podClaim: name }]
  })
  const extended = status?.extendedResourceClaimStatus?.resourceClaimName
  return extended === undefined ? own : [...own, { name: extended, isMade: false }]
}

/** Which requests of which claims a container uses; an empty request is all of a claim. */
export function requestsOf(
  pod: Stored<Pod>,
  container: AnyContainer,
): readonly { readonly claim: string; readonly request: string }[] {
  const claims = namedClaims(pod)
  const own = (container.resources?.claims ?? []).flatMap(({ name, request = '' }) =>
    claims
      .filter(({ podClaim }) => podClaim === name)
      .map((claim) => ({ claim: claim.name, request })),
  )
  const { resourceClaimName, requestMappings = [] } = pod.status?.extendedResourceClaimStatus ?? {}
  if (resourceClaimName === undefined) return own
  const mapped = requestMappings
    .filter(({ containerName }) => containerName === container.name)
    .map(({ requestName }) => ({ claim: resourceClaimName, request: requestName }))
  return [...own, ...mapped]
}
