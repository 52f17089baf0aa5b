import { isPodReady, isPodTerminal, type Pod, type StatefulSet, type StatefulSetStatus } from '#api'
import type { Stored } from '#machinery'
import { scaledValue } from '#machinery/quantity'
import { isAvailable } from '../shared/pods.ts'
import { ordinalOf, podName, podRevision } from './pod.ts'

export interface Observed {
  readonly set: Stored<StatefulSet>
  /** All pods that the set controls. */
  readonly pods: readonly Stored<Pod>[]
  /** Names of the revisions that pods come from before and after an update. */
  readonly currentRevision: string
  readonly updateRevision: string
  readonly nowMs: number
}

export type StatefulSetAction =
  | { readonly kind: 'create'; readonly ordinal: number; readonly revision: string }
  | { readonly kind: 'delete'; readonly pod: Stored<Pod> }

/**
 * The next steps (upstream: updateStatefulSet): pods come in order of their ordinals, each once its
 * predecessors are available; they go in reverse; updates go from the highest ordinal down to the
 * partition. With `Parallel` management only updates keep an order.
 */
export function planStatefulSet(observed: Observed): readonly StatefulSetAction[] {
  const { set } = observed
  if (set.metadata.deletionTimestamp) return []
  const slots = slotsOf(observed)
  const isParallel = set.spec?.podManagementPolicy === 'Parallel'
  const filling = slots.flatMap((slot) => fill(slot, observed))
  const condemned = condemnedPods(observed)
  if (isParallel) {
    const removal = condemned.filter(isStaying).map((pod) => ({ kind: 'delete', pod }) as const)
    const actions = [...filling, ...removal]
    return actions.length > 0 ? actions : planUpdate(slots, observed)
  }
  const firstUnsettled = slots.find(({ pod }) => !pod || !isSettled(pod, observed))
  if (firstUnsettled) return fill(firstUnsettled, observed)
  const [last] = condemned
  if (last) return mayGo(last, condemned, observed) ? [{ kind: 'delete', pod: last }] : []
  return planUpdate(slots, observed)
}

interface Slot {
  readonly ordinal: number
  readonly pod: Stored<Pod> | undefined
}

function firstOrdinal({ spec }: StatefulSet): number {
  return spec?.ordinals?.start ?? 0
}

function slotsOf({ set, pods }: Observed): readonly Slot[] {
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]))
  const start = firstOrdinal(set)
  return Array.from({ length: set.spec?.replicas ?? 1 }, (_, at) => ({
    ordinal: start + at,
    pod: byName.get(podName(set, start + at)),
  }))
}

/** Pods outside of the range, the highest ordinal first. */
function condemnedPods({ set, pods }: Observed): readonly Stored<Pod>[] {
  const start = firstOrdinal(set)
  const end = start + (set.spec?.replicas ?? 1)
  const ordinal = (pod: Stored<Pod>) => ordinalOf(set, pod) ?? -1
  return pods
    .filter((pod) => ordinal(pod) >= 0 && (ordinal(pod) < start || ordinal(pod) >= end))
    .toSorted((a, b) => ordinal(b) - ordinal(a))
}

/**
 * Whether the last pod may go next: it is well, or no pod before it is unwell, which would lose its
 * successor at the wrong moment (upstream: processCondemned).
 */
function mayGo(last: Stored<Pod>, condemned: readonly Stored<Pod>[], observed: Observed): boolean {
  if (!isStaying(last)) return false
  const firstUnwell = condemned.findLast((pod) => !isSettled(pod, observed))
  return firstUnwell === undefined || firstUnwell === last || isSettled(last, observed)
}

/** What an ordinal needs to have a pod that runs. */
function fill({ ordinal, pod }: Slot, observed: Observed): readonly StatefulSetAction[] {
  if (!pod) return [{ kind: 'create', ordinal, revision: revisionFor(ordinal, observed) }]
  return isPodTerminal(pod) && isStaying(pod) ? [{ kind: 'delete', pod }] : []
}

/** Below the partition, and where an update has not come yet, pods keep the current revision. */
function revisionFor(ordinal: number, observed: Observed): string {
  const { set, currentRevision, updateRevision } = observed
  if (set.spec?.updateStrategy?.type === 'OnDelete') return updateRevision
  const { rollingUpdate } = set.spec?.updateStrategy ?? {}
  const kept = rollingUpdate?.partition ?? 0
  return ordinal < firstOrdinal(set) + kept ? currentRevision : updateRevision
}

/**
 * Old pods go from the highest ordinal down, as many as may be unavailable besides those that are
 * already. With `Parallel` management old pods that are not well go in any case: nothing is lost with
 * them (upstream: updateStatefulSetAfterInvariantEstablished).
 */
function planUpdate(slots: readonly Slot[], observed: Observed): readonly StatefulSetAction[] {
  const { set, updateRevision } = observed
  const { type = 'RollingUpdate', rollingUpdate } = set.spec?.updateStrategy ?? {}
  if (type !== 'RollingUpdate') return []
  const partition = firstOrdinal(set) + (rollingUpdate?.partition ?? 0)
  const isWell = (pod: Stored<Pod> | undefined) => pod !== undefined && isSettled(pod, observed)
  const unwell = slots.filter(({ pod }) => !isWell(pod)).length
  const budget = Math.max(0, mostUnavailable(set) - unwell)
  const old = slots
    .filter(({ ordinal }) => ordinal >= partition)
    .flatMap(({ pod }) =>
      pod && isStaying(pod) && podRevision(pod) !== updateRevision ? [pod] : [],
    )
    .toReversed()
  const going =
    set.spec?.podManagementPolicy === 'Parallel'
      ? [...old.filter((pod) => !isWell(pod)), ...old.filter(isWell).slice(0, budget)]
      : old.slice(0, budget)
  return going.map((pod) => ({ kind: 'delete', pod }) as const)
}

/** One at least, however few pods a percentage comes to. */
function mostUnavailable({ spec }: StatefulSet): number {
  const { maxUnavailable = 1 } = spec?.updateStrategy?.rollingUpdate ?? {}
  return Math.max(1, scaledValue(maxUnavailable, spec?.replicas ?? 1, 'down'))
}

function isStaying({ metadata }: Stored<Pod>): boolean {
  return metadata.deletionTimestamp === undefined
}

/** Running, available, and not leaving: the next pod may be touched. */
function isSettled(pod: Stored<Pod>, { set, nowMs }: Observed): boolean {
  if (!isStaying(pod) || pod.status?.phase !== 'Running') return false
  return isAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs)
}

/** What the set reports; an update that has reached every pod makes its revision the current one. */
export function statefulSetStatus(observed: Observed): StatefulSetStatus {
  const { set, pods, currentRevision, updateRevision, nowMs } = observed
  const minReadySeconds = set.spec?.minReadySeconds ?? 0
  const ready = pods.filter((pod) => pod.status?.phase === 'Running' && isPodReady(pod))
  const staying = pods.filter(isStaying)
  const countOf = (name: string) => staying.filter((pod) => podRevision(pod) === name).length
  const updated = countOf(updateRevision)
  const wanted = set.spec?.replicas ?? 1
  const isComplete =
    set.spec?.updateStrategy?.type !== 'OnDelete' &&
    updated === wanted &&
    pods.length === wanted &&
    ready.length === wanted
  const { collisionCount, conditions } = set.status ?? {}
  const { generation } = set.metadata
  const current = isComplete ? updated : countOf(currentRevision)
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    replicas: pods.length,
    ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
    ...(current > 0 ? { currentReplicas: current } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    currentRevision: isComplete ? updateRevision : currentRevision,
    updateRevision,
    collisionCount: collisionCount ?? 0,
    ...(conditions ? { conditions } : {}),
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
  }
}
