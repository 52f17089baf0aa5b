import type { Deployment, ReplicaSet } from '#api'
import type { Stored } from '#machinery'
import { type IntOrString, scaledValue } from '#machinery/quantity'

/** Desired replicas; 1 where the field is unset, as upstream defaults it. */
export function desiredReplicas(object: Deployment | ReplicaSet): number {
  return object.spec?.replicas ?? 1
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'
}

interface Fenceposts {
  readonly surge: number
  readonly unavailable: number
}

/**
 * The two limits as counts: surge is rounded up, unavailable down, and where both come out as 0 one
 * pod may be unavailable, else nothing could ever move (upstream: ResolveFenceposts).
 */
export function resolveFenceposts(
  maxSurge: IntOrString | undefined,
  maxUnavailable: IntOrString | undefined,
  replicas: number,
): Fenceposts {
  const surge = scaledValue(maxSurge ?? 0, replicas, 'up')
  const unavailable = scaledValue(maxUnavailable ?? 0, replicas, 'down')
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

function fencepostsOf(deployment: Deployment): Fenceposts {
  const rolling = deployment.spec?.strategy?.rollingUpdate
  return resolveFenceposts(rolling?.maxSurge, rolling?.maxUnavailable, desiredReplicas(deployment))
}

export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fencepostsOf(deployment).surge : 0
}

export function maxUnavailable(deployment: Deployment): number {
  const replicas = desiredReplicas(deployment)
  if (!isRollingUpdate(deployment) || replicas === 0) return 0
  return Math.min(fencepostsOf(deployment).unavailable, replicas)
}

export function sumReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + desiredReplicas(replicaSet), 0)
}

export function sumAvailable(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0)
}

/** Oldest first; names break ties, so that the order is the same every time. */
export function byCreation(a: Stored<ReplicaSet>, b: Stored<ReplicaSet>): number {
  const [x, y] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (x !== y) return x < y ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}
