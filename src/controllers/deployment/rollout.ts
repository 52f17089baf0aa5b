import type { Deployment, ReplicaSet } from '#api'
import type { Stored } from '#machinery'
import { desiredAnnotation, maxAnnotation } from './replica-sets.ts'
import {
  byCreation,
  desiredReplicas,
  isRollingUpdate,
  maxSurge,
  maxUnavailable,
  sumAvailable,
  sumReplicas,
} from './strategy.ts'

/** A ReplicaSet and the size it should have. */
export interface Resize {
  readonly replicaSet: Stored<ReplicaSet>
  readonly replicas: number
}

export interface ReplicaSets {
  readonly current: Stored<ReplicaSet> | undefined
  readonly old: readonly Stored<ReplicaSet>[]
}

/** The size at which the new ReplicaSet may stand now, within the surge (upstream: NewRSNewReplicas). */
export function newReplicaSetSize(deployment: Deployment, { current, old }: ReplicaSets): number {
  const desired = desiredReplicas(deployment)
  if (!isRollingUpdate(deployment)) return desired
  const size = current ? desiredReplicas(current) : 0
  const total = sumReplicas(old) + size
  const limit = desired + maxSurge(deployment)
  return total >= limit ? size : size + Math.min(limit - total, desired - size)
}

/** One step of a rolling update: first the new one up (or down to size), else old ones down. */
export function rollingStep(deployment: Deployment, sets: ReplicaSets): readonly Resize[] {
  const { current } = sets
  if (!current) return []
  const desired = desiredReplicas(deployment)
  const size = desiredReplicas(current)
  const target = size > desired ? desired : newReplicaSetSize(deployment, sets)
  if (target !== size) return [{ replicaSet: current, replicas: target }]
  return shrinkOld(deployment, current, sets.old)
}

/** Takes from the old ones what may go: first pods that are not available, then available ones. */
function shrinkOld(
  deployment: Deployment,
  current: Stored<ReplicaSet>,
  old: readonly Stored<ReplicaSet>[],
): readonly Resize[] {
  const all = [...old, current]
  if (sumReplicas(old) === 0) return []
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment)
  const currentUnavailable = desiredReplicas(current) - (current.status?.availableReplicas ?? 0)
  const maxShrink = sumReplicas(all) - minAvailable - currentUnavailable
  if (maxShrink <= 0) return []

  const sizes = new Map(old.map((replicaSet) => [replicaSet, desiredReplicas(replicaSet)]))
  shrink(sizes, maxShrink, (replicaSet, size) =>
    Math.max(0, size - (replicaSet.status?.availableReplicas ?? 0)),
  )
  const surplus = sumAvailable(all) - minAvailable
  if (surplus > 0) shrink(sizes, surplus, (_, size) => size)
  return [...sizes]
    .map(([replicaSet, replicas]) => ({ replicaSet, replicas }))
    .filter(({ replicaSet, replicas }) => replicas !== desiredReplicas(replicaSet))
}

/** Takes at most `budget` pods altogether, the oldest ReplicaSets first. */
function shrink(
  sizes: Map<Stored<ReplicaSet>, number>,
  budget: number,
  removable: (replicaSet: Stored<ReplicaSet>, size: number) => number,
): void {
  let left = budget
  for (const replicaSet of [...sizes.keys()].toSorted(byCreation)) {
    const size = sizes.get(replicaSet) ?? 0
    const taken = Math.min(left, removable(replicaSet, size))
    sizes.set(replicaSet, size - taken)
    left -= taken
  }
}

/** True when a size was changed by the user rather than by a rollout: annotations tell. */
export function isScalingEvent(deployment: Deployment, sets: ReplicaSets): boolean {
  const desired = String(desiredReplicas(deployment))
  return active(all(sets)).some(({ metadata }) => {
    const annotated = metadata.annotations?.[desiredAnnotation]
    return annotated !== undefined && annotated !== desired
  })
}

/** How a change of spec.replicas is spread over the ReplicaSets (upstream: scale). */
export function scalingStep(deployment: Deployment, sets: ReplicaSets): readonly Resize[] {
  const desired = desiredReplicas(deployment)
  const only = activeOrLatest(sets)
  if (only)
    return desiredReplicas(only) === desired ? [] : [{ replicaSet: only, replicas: desired }]
  if (isSaturated(deployment, sets.current)) {
    return active(sets.old).map((replicaSet) => ({ replicaSet, replicas: 0 }))
  }
  return isRollingUpdate(deployment) ? proportionally(deployment, active(all(sets))) : []
}

/** Larger ReplicaSets get a larger part of the change; what rounding leaves goes to the first. */
function proportionally(
  deployment: Deployment,
  replicaSets: readonly Stored<ReplicaSet>[],
): readonly Resize[] {
  const desired = desiredReplicas(deployment)
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0
  const toAdd = allowed - sumReplicas(replicaSets)
  const newestFirst = toAdd > 0 ? -1 : 1
  const ordered = replicaSets.toSorted(
    (a, b) => desiredReplicas(b) - desiredReplicas(a) || newestFirst * byCreation(a, b),
  )
  let added = 0
  const sizes = ordered.map((replicaSet) => {
    const part = toAdd === 0 ? 0 : proportion(deployment, replicaSet, toAdd, added)
    added += part
    return { replicaSet, replicas: Math.max(0, desiredReplicas(replicaSet) + part) }
  })
  return sizes.map(({ replicaSet, replicas }, index) => ({
    replicaSet,
    replicas: index === 0 ? Math.max(0, replicas + toAdd - added) : replicas,
  }))
}

function proportion(
  deployment: Deployment,
  replicaSet: Stored<ReplicaSet>,
  toAdd: number,
  added: number,
): number {
  const size = desiredReplicas(replicaSet)
  if (size === 0 || toAdd === added) return 0
  const fraction = fractionOf(deployment, replicaSet)
  const allowed = toAdd - added
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed)
}

function fractionOf(deployment: Deployment, replicaSet: Stored<ReplicaSet>): number {
  const size = desiredReplicas(replicaSet)
  const desired = desiredReplicas(deployment)
  if (desired === 0) return -size
  const annotated = Number(replicaSet.metadata.annotations?.[maxAnnotation] ?? 0)
  const before = annotated || (deployment.status?.replicas ?? 0)
  if (before === 0) return 0
  return Math.round((size * (desired + maxSurge(deployment))) / before) - size
}

function activeOrLatest({ current, old }: ReplicaSets): Stored<ReplicaSet> | undefined {
  const activeSets = active(all({ current, old }))
  if (activeSets.length > 1) return undefined
  return activeSets[0] ?? current ?? old.toSorted(byCreation).at(-1)
}

function isSaturated(deployment: Deployment, current: Stored<ReplicaSet> | undefined): boolean {
  if (!current) return false
  const desired = desiredReplicas(deployment)
  return (
    desiredReplicas(current) === desired &&
    Number(current.metadata.annotations?.[desiredAnnotation]) === desired &&
    current.status?.availableReplicas === desired
  )
}

export function active(replicaSets: readonly Stored<ReplicaSet>[]): readonly Stored<ReplicaSet>[] {
  return replicaSets.filter((replicaSet) => desiredReplicas(replicaSet) > 0)
}

export function all({ current, old }: ReplicaSets): readonly Stored<ReplicaSet>[] {
  return current ? [...old, current] : old
}
