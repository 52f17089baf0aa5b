import type { Pod, ResourceV1 } from '#api'
import type { IndexFunction, Informer } from '#client'
import { controllerOf, keyOf } from '#machinery'
import { claimNamesOf } from './plan.ts'

/** What the controller reads. */
export interface ClaimCaches {
  readonly pods: Informer<Pod>
  readonly claims: Informer<ResourceV1.ResourceClaim>
  readonly templates: Informer<ResourceV1.ResourceClaimTemplate>
}

/** Finds the pods that use a claim. */
export const podsByClaim: Readonly<Record<'claim', IndexFunction<Pod>>> = {
  claim: (pod) => {
    const { namespace = '' } = pod.metadata
    return claimNamesOf(pod).map((name) => keyOf({ namespace, name }))
  },
}

/** Finds the pods that claims of a template are made for. */
export const podsByTemplate: Readonly<Record<'template', IndexFunction<Pod>>> = {
  template: ({ metadata: { namespace = '' }, spec }) =>
    (spec?.resourceClaims ?? []).flatMap(({ resourceClaimTemplateName: name }) =>
      name === undefined ? [] : [keyOf({ namespace, name })],
    ),
}

/** Finds the claims that were made for a pod, by its uid. */
export const claimsByOwner: Readonly<Record<'owner', IndexFunction<ResourceV1.ResourceClaim>>> = {
  owner: (claim) => {
    const owner = controllerOf(claim)
    return owner?.kind === 'Pod' && owner.apiVersion === 'v1' ? [owner.uid] : []
  },
}
