import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '#api'
import { formatTime, type Stored } from '#machinery'
import { all, type ReplicaSets } from './rollout.ts'
import { desiredReplicas, maxUnavailable, sumAvailable, sumReplicas } from './strategy.ts'

/** Upstream treats MaxInt32 as "no deadline" and "keep all". */
const unlimited = 2 ** 31 - 1

export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds
  return seconds !== undefined && seconds !== unlimited
}

export function historyLimit(deployment: Deployment): number | undefined {
  const limit = deployment.spec?.revisionHistoryLimit
  return limit === undefined || limit === unlimited ? undefined : limit
}

export function deploymentCondition(
  status: DeploymentStatus | undefined,
  type: string,
): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type)
}

export type NewCondition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

/** Upstream's rule: same status and reason is no change; a status that stays keeps its transition. */
export function withCondition(
  status: DeploymentStatus,
  condition: NewCondition,
  nowMs: number,
): DeploymentStatus {
  const held = deploymentCondition(status, condition.type)
  if (held && held.status === condition.status && held.reason === condition.reason) return status
  const now = formatTime(nowMs)
  const lastTransitionTime =
    held?.status === condition.status ? (held.lastTransitionTime ?? now) : now
  const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type)
  const added = { ...condition, lastUpdateTime: now, lastTransitionTime } as DeploymentCondition
  return { ...status, conditions: [...others, added] }
}

function withoutCondition(status: DeploymentStatus, type: string): DeploymentStatus {
  if (!deploymentCondition(status, type)) return status
  return { ...status, conditions: status.conditions?.filter((held) => held.type !== type) ?? [] }
}

/** Counts and the Available condition, from what the ReplicaSets report. */
export function countedStatus(
  deployment: Stored<Deployment>,
  sets: ReplicaSets,
  nowMs: number,
): DeploymentStatus {
  const sum = (of: (status: NonNullable<ReplicaSet['status']>) => number | undefined) =>
    all(sets).reduce((total, { status }) => total + ((status && of(status)) ?? 0), 0)
  const available = sumAvailable(all(sets))
  const counts = {
    replicas: sum((status) => status.replicas),
    updatedReplicas: sets.current?.status?.replicas ?? 0,
    readyReplicas: sum((status) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sumReplicas(all(sets)) - available),
    terminatingReplicas: sum((status) => status.terminatingReplicas),
  }
  const held = deployment.status
  const status: DeploymentStatus = {
    ...(deployment.metadata.generation === undefined
      ? {}
      : { observedGeneration: deployment.metadata.generation }),
    ...omitZero(counts),
    ...(held?.collisionCount === undefined ? {} : { collisionCount: held.collisionCount }),
    ...(held?.conditions ? { conditions: held.conditions } : {}),
  }
  return withCondition(status, availability(deployment, available), nowMs)
}

/** Zero counts are left out as Go's omitempty does; terminatingReplicas is a pointer and stays. */
function omitZero(counts: Record<string, number>): Partial<DeploymentStatus> {
  const kept = Object.entries(counts).filter(
    ([name, count]) => count !== 0 || name === 'terminatingReplicas',
  )
  return Object.fromEntries(kept)
}

function availability(deployment: Deployment, available: number): NewCondition {
  const enough = available >= desiredReplicas(deployment) - maxUnavailable(deployment)
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
}

/** Counts plus Progressing and ReplicaFailure: what a rollout shows (upstream: syncRolloutStatus). */
export function rolloutStatus(
  deployment: Stored<Deployment>,
  sets: ReplicaSets,
  nowMs: number,
): DeploymentStatus {
  let status = countedStatus(deployment, sets, nowMs)
  if (hasProgressDeadline(deployment)) status = withProgress(deployment, sets, status, nowMs)
  else status = withoutCondition(status, 'Progressing')
  const failure = replicaFailure(sets)
  if (!failure) return withoutCondition(status, 'ReplicaFailure')
  return withCondition(status, failure, nowMs)
}

function withProgress(
  deployment: Stored<Deployment>,
  sets: ReplicaSets,
  status: DeploymentStatus,
  nowMs: number,
): DeploymentStatus {
  const held = deploymentCondition(status, 'Progressing')
  const settled =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    held?.reason === 'NewReplicaSetAvailable'
  if (settled) return status
  const subject = sets.current
    ? `ReplicaSet "${sets.current.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    return withCondition(status, progressing('True', 'NewReplicaSetAvailable', message), nowMs)
  }
  if (hasProgressed(deployment, status)) {
    const condition = progressing('True', 'ReplicaSetUpdated', `${subject} is progressing.`)
    return withRefreshed(status, condition, nowMs)
  }
  if (isTimedOut(deployment, status, nowMs)) {
    const message = `${subject} has timed out progressing.`
    return withCondition(status, progressing('False', 'ProgressDeadlineExceeded', message), nowMs)
  }
  return status
}

export function progressing(status: string, reason: string, message: string): NewCondition {
  return { type: 'Progressing', status, reason, message }
}

/** Progress restarts the deadline, so the condition's update time moves even if nothing else does. */
function withRefreshed(
  status: DeploymentStatus,
  condition: NewCondition,
  nowMs: number,
): DeploymentStatus {
  const held = deploymentCondition(status, condition.type)
  const cleared = withCondition(withoutCondition(status, condition.type), condition, nowMs)
  if (held?.status !== 'True' || held.lastTransitionTime === undefined) return cleared
  const conditions = cleared.conditions?.map((each) =>
    each.type === condition.type ? { ...each, lastTransitionTime: held.lastTransitionTime } : each,
  )
  return { ...cleared, conditions: conditions as readonly DeploymentCondition[] }
}

export function isComplete(deployment: Stored<Deployment>, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment)
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function hasProgressed(deployment: Deployment, status: DeploymentStatus): boolean {
  const before = deployment.status ?? {}
  const of = (counts: DeploymentStatus) => ({
    updated: counts.updatedReplicas ?? 0,
    outdated: (counts.replicas ?? 0) - (counts.updatedReplicas ?? 0),
    ready: counts.readyReplicas ?? 0,
    available: counts.availableReplicas ?? 0,
  })
  const [then, now] = [of(before), of(status)]
  return (
    now.updated > then.updated ||
    now.outdated < then.outdated ||
    now.ready > then.ready ||
    now.available > then.available
  )
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, nowMs: number): boolean {
  const held = deploymentCondition(status, 'Progressing')
  if (!held || held.reason === 'NewReplicaSetAvailable') return false
  if (held.reason === 'ProgressDeadlineExceeded') return true
  return nowMs >= deadlineMs(deployment, held)
}

function deadlineMs(deployment: Deployment, condition: DeploymentCondition): number {
  const from = Date.parse(condition.lastUpdateTime ?? '')
  return from + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000
}

/** Milliseconds until the deadline must be looked at again; undefined when it cannot pass. */
export function msUntilDeadline(
  deployment: Stored<Deployment>,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const held = deploymentCondition(status, 'Progressing')
  if (!held || !hasProgressDeadline(deployment) || isComplete(deployment, status)) return undefined
  if (held.reason === 'NewReplicaSetAvailable') return undefined
  if (held.reason === 'ProgressDeadlineExceeded') return undefined
  return Math.max(0, deadlineMs(deployment, held) - nowMs) + 1000
}

function replicaFailure({ current, old }: ReplicaSets): NewCondition | undefined {
  for (const replicaSet of current ? [current, ...old] : old) {
    const failure = replicaSet.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
    if (failure) {
      const { status, reason = '', message = '' } = failure
      return { type: 'ReplicaFailure', status, reason, message } as NewCondition
    }
  }
  return undefined
}
