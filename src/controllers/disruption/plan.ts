import {
  isPodReady,
  type Pod,
  type PodDisruptionBudget,
  type PodDisruptionBudgetStatus,
} from '#api'
import { findCondition, formatTime, type Stored, setCondition } from '#machinery'
import { scaledValue } from '#machinery/quantity'

/** How long an eviction may take to show on the pod (upstream: DeletionTimeout). */
const deletionTimeoutMs = 120_000

export interface Observed {
  readonly budget: Stored<PodDisruptionBudget>
  /** Pods that the budget selects. */
  readonly pods: readonly Stored<Pod>[]
  /** How many pods their controllers want together. */
  readonly expectedScale: number
  readonly nowMs: number
}

/** How many of its pods a budget lets go now (upstream: pkg/controller/disruption). */
export function budgetStatus(observed: Observed): PodDisruptionBudgetStatus {
  const { budget, pods, nowMs } = observed
  const { expected, desired } = wantedOf(observed)
  const disruptedPods = stillDisrupted(observed)
  const healthy = pods.filter(
    (pod) =>
      isPodReady(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name in disruptedPods),
  ).length
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0
  const { generation } = budget.metadata
  const verdict = allowed > 0 ? 'True' : 'False'
  const held = findCondition(budget.status?.conditions, 'DisruptionAllowed')
  const since = held?.status === verdict ? held.lastTransitionTime : undefined
  const transitionTime = since ?? formatTime(nowMs)
  const condition = {
    type: 'DisruptionAllowed',
    status: verdict,
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: transitionTime,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: setCondition(budget.status?.conditions, condition, nowMs),
  }
}

function wantedOf({ budget, pods, expectedScale }: Observed) {
  const { minAvailable, maxUnavailable } = budget.spec ?? {}
  if (maxUnavailable !== undefined) {
    const most = scaledValue(maxUnavailable, expectedScale, 'up')
    return { expected: expectedScale, desired: Math.max(0, expectedScale - most) }
  }
  if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable }
  const desired = scaledValue(minAvailable ?? 0, expectedScale, 'up')
  return { expected: expectedScale, desired }
}

/** Evictions that the API server has granted, and that the pods do not show yet. */
function stillDisrupted({ budget, pods, nowMs }: Observed): Readonly<Record<string, string>> {
  const existing = new Map(pods.map((pod) => [pod.metadata.name, pod]))
  return Object.fromEntries(
    Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, since]) => {
      const pod = existing.get(name)
      if (!pod || pod.metadata.deletionTimestamp) return false
      return Date.parse(since) + deletionTimeoutMs > nowMs
    }),
  )
}

/** When the oldest granted eviction times out; undefined when there is none. */
export function msUntilTimeout(
  status: PodDisruptionBudgetStatus,
  nowMs: number,
): number | undefined {
  const times = Object.values(status.disruptedPods ?? {}).map((since) => Date.parse(since))
  return times.length > 0 ? Math.max(0, Math.min(...times) + deletionTimeoutMs - nowMs) : undefined
}
