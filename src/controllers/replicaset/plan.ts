import type {
  Pod,
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
  ReplicationController,
} from '#api'
import { isPodReady } from '#api'
import { formatTime, type Stored } from '#machinery'
import { matchesLabels, selectorFromMap } from '#machinery/selectors'
import { inDeletionOrder, isActive, isAvailable, readySinceMs } from '../shared/pods.ts'

/** What keeps a number of pods; the two differ in their selector alone. */
export type ReplicatedSet = ReplicaSet | ReplicationController

export interface Observed<S extends ReplicatedSet = ReplicatedSet> {
  readonly set: Stored<S>
  /** All pods that the set controls. */
  readonly pods: readonly Stored<Pod>[]
  /** Pods that belong to the same owner, looked for when pods must go: crowded nodes lose pods first. */
  readonly relatedPods: () => readonly Stored<Pod>[]
}

export interface Plan {
  readonly create: number
  readonly remove: readonly Stored<Pod>[]
}

/** Pods made or deleted in one go (upstream: BurstReplicas). */
const burst = 500

/** How many pods to create, or which to delete. */
export function planReplicas({ set, pods, relatedPods }: Observed, nowMs: number): Plan {
  if (set.metadata.deletionTimestamp) return { create: 0, remove: [] }
  const activePods = pods.filter(isActive)
  const difference = activePods.length - (set.spec?.replicas ?? 1)
  if (difference <= 0) return { create: Math.min(burst, -difference), remove: [] }
  return {
    create: 0,
    remove: surplus(activePods, relatedPods(), Math.min(burst, difference), nowMs),
  }
}

function surplus(
  activePods: readonly Stored<Pod>[],
  relatedPods: readonly Stored<Pod>[],
  count: number,
  nowMs: number,
): readonly Stored<Pod>[] {
  const onNode = new Map<string, number>()
  for (const { spec } of relatedPods.filter(isActive)) {
    if (spec?.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1)
  }
  const crowding = ({ spec }: Stored<Pod>) => onNode.get(spec?.nodeName ?? '') ?? 0
  return inDeletionOrder(activePods, crowding, nowMs).slice(0, count)
}

/** What a set reports about its pods; `failure` is why the last change of size failed. */
export function replicaSetStatus(
  { set, pods }: Observed,
  failure: { readonly reason: string; readonly message: string } | undefined,
  nowMs: number,
): ReplicaSetStatus {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0
  const activePods = pods.filter(isActive)
  const ready = activePods.filter((pod) => isPodReady(pod))
  const template = set.spec?.template?.metadata?.labels ?? {}
  const fullyLabeled = selectorFromMap(template)
  const counts = {
    fullyLabeledReplicas: activePods.filter(({ metadata }) =>
      matchesLabels(fullyLabeled, metadata.labels),
    ).length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
  }
  const terminating = pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp !== undefined &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed',
  )
  const conditions = conditionsOf(set, failure, nowMs)
  return {
    replicas: activePods.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: terminating.length,
    ...(set.metadata.generation === undefined
      ? {}
      : { observedGeneration: set.metadata.generation }),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

/**
 * A failure keeps the words in which it was first reported (upstream: calculateStatus): messages of
 * later attempts name other drawn pod names, which is no news.
 */
function conditionsOf(
  { status }: ReplicatedSet,
  failure: { readonly reason: string; readonly message: string } | undefined,
  nowMs: number,
): readonly ReplicaSetCondition[] {
  const held = status?.conditions ?? []
  if (!failure) return held.filter(({ type }) => type !== 'ReplicaFailure')
  if (held.some(({ type }) => type === 'ReplicaFailure')) return held
  const lastTransitionTime = formatTime(nowMs)
  return [...held, { type: 'ReplicaFailure', status: 'True', lastTransitionTime, ...failure }]
}

/** Milliseconds until the next ready pod becomes available; undefined when none is waiting for it. */
export function msUntilAvailable({ set, pods }: Observed, nowMs: number): number | undefined {
  const minReadyMs = (set.spec?.minReadySeconds ?? 0) * 1000
  if (minReadyMs === 0) return undefined
  const waits = pods
    .filter(isActive)
    .map(readySinceMs)
    .filter((sinceMs) => sinceMs !== undefined)
    .map((sinceMs) => sinceMs + minReadyMs - nowMs)
    .filter((waitMs) => waitMs > 0)
  return waits.length > 0 ? Math.min(...waits) : undefined
}
