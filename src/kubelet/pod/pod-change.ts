import type { Pod } from '#api'
import { deepEqual, type Stored } from '#machinery'

/**
 * Whether there is something to do for a kubelet when a pod turned from `before` into `after`. What
 * the kubelet itself has told as the pod's status asks nothing of it, except for conditions of
 * readiness gates, which are others' to set (upstream: podsDifferSemantically,
 * NeedToReconcilePodReadiness).
 */
export function asksForSync(before: Stored<Pod>, after: Stored<Pod>): boolean {
  return (
    !deepEqual(wishesOf(before), wishesOf(after)) || !deepEqual(gatesOf(before), gatesOf(after))
  )
}

function wishesOf({ spec, metadata }: Stored<Pod>) {
  const { labels, annotations, deletionTimestamp, deletionGracePeriodSeconds } = metadata
  return { spec, labels, annotations, deletionTimestamp, deletionGracePeriodSeconds }
}

function gatesOf({ spec, status }: Stored<Pod>) {
  const gates = spec?.readinessGates ?? []
  return gates.map(
    ({ conditionType }) =>
      status?.conditions?.find(({ type }) => type === conditionType)?.status ?? '',
  )
}
