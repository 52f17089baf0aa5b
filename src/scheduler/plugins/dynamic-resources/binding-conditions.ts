import type { ResourceV1 } from '#api'
import { findCondition, parseTime } from '#machinery'
import type { Claim } from './pod-claims.ts'

/** So long a pod waits for its devices to become ready, after which they may be given back. */
export const bindingTimeoutMs = 600_000

/** How the devices of a claim stand whose drivers have to make them ready first. */
export type Readiness = 'ready' | 'waiting' | { readonly failed: string }

/** Whether all devices of an allocated claim are ready; those without conditions are at once. */
export function readinessOf({ metadata, status }: Claim): Readiness {
  for (const result of status?.allocation?.devices?.results ?? []) {
    const { bindingConditions = [], bindingFailureConditions = [] } = result
    if (bindingConditions.length === 0) continue
    const conditions = conditionsOf(status, result)
    if (!conditions) return 'waiting'
    for (const type of bindingFailureConditions) {
      const failure = findCondition(conditions, type)
      if (failure?.status !== 'True') continue
      const { reason, message } = failure
      return {
        failed: `device binding failed: claim=${metadata.name}, reason=${reason}, message=${JSON.stringify(message)}`,
      }
    }
    const isReady = bindingConditions.every(
      (type) => findCondition(conditions, type)?.status === 'True',
    )
    if (!isReady) return 'waiting'
  }
  return 'ready'
}

function conditionsOf(
  status: ResourceV1.ResourceClaimStatus | undefined,
  { driver, pool, device }: ResourceV1.DeviceRequestAllocationResult,
) {
  return status?.devices?.find(
    (each) => each.driver === driver && each.pool === pool && each.device === device,
  )?.conditions
}

/** Whether any device of the claim has to be made ready. */
export function hasBindingConditions({ status }: Claim): boolean {
  return (status?.allocation?.devices?.results ?? []).some(
    ({ bindingConditions = [] }) => bindingConditions.length > 0,
  )
}

/** Whether the claim was allocated so long ago that its devices should be ready. */
export function isOverdue(claim: Claim, nowMs: number): boolean {
  const since = claim.status?.allocation?.allocationTimestamp
  if (since === undefined || !hasBindingConditions(claim)) return false
  const allocatedMs = parseTime(since)
  return allocatedMs !== undefined && allocatedMs + bindingTimeoutMs < nowMs
}
