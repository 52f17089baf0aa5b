import type { ResourceV1, SelectableNode } from '#api'
import type { Stored } from '#machinery'
import type { AllocatedDevices } from './allocated.ts'
import { gatherPools, type SliceIndex } from './pools.ts'
import { type DeviceClassOf, wantedBy } from './requests.ts'
import { allocationOf } from './result.ts'
import { findDevices } from './search.ts'

type Claim = Stored<ResourceV1.ResourceClaim>

/** What devices there are, and who has them. */
export interface DeviceSupply {
  readonly slices: SliceIndex
  readonly classOf: DeviceClassOf
  readonly allocated: AllocatedDevices
}

/** What came of a search on one node. */
export type DeviceAllocation =
  /** One result for each claim, in their order; `shareId` names the shares of devices that several claims have. */
  | {
      readonly kind: 'allocated'
      results(shareId: () => string): readonly ResourceV1.AllocationResult[]
    }
  /** The node does not do; why, where upstream says more than that. */
  | { readonly kind: 'none'; readonly reason?: string }
  /** The search has taken so long that it was given up. */
  | { readonly kind: 'gave-up' }

/**
 * Finds devices that a node can reach for all claims together: the first that fit, in the order of pools, slices and
 * devices (upstream: the allocators of structured parameters). It decides nothing but this and is the same for the
 * same input.
 * @throws AllocationError where a claim or a class is wrong, so that no node can do.
 */
export function allocateDevices(
  claims: readonly Claim[],
  node: SelectableNode,
  supply: DeviceSupply,
): DeviceAllocation {
  const pools = gatherPools(supply.slices, node)
  const wanted = claims.map((claim) => wantedBy(claim, supply.classOf))
  const found = findDevices({ claims, wanted, pools, node, allocated: supply.allocated })
  if (found === 'gave-up') return { kind: 'gave-up' }
  if (found === 'none') {
    const isInvalid = pools.some(({ state }) => state === 'invalid')
    return { kind: 'none', ...(isInvalid && { reason: 'invalid resource pools were encountered' }) }
  }
  return {
    kind: 'allocated',
    results: (shareId) =>
      claims.map((claim, i) =>
        allocationOf(claim, found[i]?.chosen ?? [], found[i]?.selected ?? [], {
          node: node.name,
          shareId,
        }),
      ),
  }
}
