import type { Deployment, DeploymentStatus, ReplicaSet } from '#api'
import { deepEqual, type ObjectMeta, type Stored } from '#machinery'
import {
  deploymentRevision,
  findNewReplicaSet,
  maxRevision,
  newReplicaSet,
  refreshedAnnotations,
  revisionAnnotation,
} from './replica-sets.ts'
import {
  active,
  isScalingEvent,
  newReplicaSetSize,
  type ReplicaSets,
  type Resize,
  rollingStep,
  scalingStep,
} from './rollout.ts'
import {
  countedStatus,
  deploymentCondition,
  hasProgressDeadline,
  historyLimit,
  isComplete,
  msUntilDeadline,
  type NewCondition,
  progressing,
  rolloutStatus,
  withCondition,
} from './status.ts'
import { byCreation, desiredReplicas, isRollingUpdate } from './strategy.ts'

export type DeploymentAction =
  | { readonly kind: 'create'; readonly replicaSet: ReplicaSet & { readonly metadata: ObjectMeta } }
  /** Brings annotations and minReadySeconds of the present ReplicaSet up to date. */
  | { readonly kind: 'refresh'; readonly replicaSet: Stored<ReplicaSet> }
  | { readonly kind: 'resize'; readonly resize: Resize }
  | { readonly kind: 'delete'; readonly replicaSet: Stored<ReplicaSet> }
  | { readonly kind: 'status'; readonly status: DeploymentStatus; readonly revision?: string }

export interface Observed {
  readonly deployment: Stored<Deployment>
  /** All ReplicaSets that the Deployment controls. */
  readonly replicaSets: readonly Stored<ReplicaSet>[]
  /** Whether pods of old ReplicaSets have not ended yet; Recreate waits for them. */
  readonly oldPodsRunning: boolean
}

export interface Plan {
  readonly actions: readonly DeploymentAction[]
  /** When the progress deadline must be looked at, should nothing happen before. */
  readonly againInMs?: number
}

/** One step of a Deployment towards its spec. What the step causes leads to the next call. */
export function planDeployment(observed: Observed, nowMs: number): Plan {
  const { deployment, replicaSets } = observed
  const current = findNewReplicaSet(deployment, replicaSets)
  const sets = { current, old: replicaSets.filter((replicaSet) => replicaSet !== current) }
  if (deployment.metadata.deletionTimestamp) {
    return { actions: statusAction(deployment, countedStatus(deployment, sets, nowMs)) }
  }
  const refreshed = refresh(deployment, sets)
  // The update leads to the next call, which then decides over the refreshed ReplicaSet.
  if (refreshed.action) return { actions: [refreshed.action] }
  if (deployment.spec?.paused || isScalingEvent(deployment, refreshed.sets)) {
    return planScaling(deployment, refreshed, nowMs)
  }
  return planRollout(observed, refreshed, nowMs)
}

interface Refreshed {
  readonly sets: ReplicaSets
  readonly action?: DeploymentAction
  readonly revision: bigint
}

function refresh(deployment: Stored<Deployment>, sets: ReplicaSets): Refreshed {
  const revision = maxRevision(sets.old) + 1n
  const { current } = sets
  if (!current) return { sets, revision }
  const annotations = refreshedAnnotations(deployment, current, revision)
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0
  const same =
    deepEqual(annotations, current.metadata.annotations ?? {}) &&
    (current.spec?.minReadySeconds ?? 0) === minReadySeconds
  if (same) return { sets, revision: deploymentRevision(current) ?? revision }
  const replicaSet: Stored<ReplicaSet> = {
    ...current,
    metadata: { ...current.metadata, annotations },
    spec: { ...current.spec, minReadySeconds } as NonNullable<ReplicaSet['spec']>,
  }
  return {
    sets: { ...sets, current: replicaSet },
    action: { kind: 'refresh', replicaSet },
    revision: deploymentRevision(replicaSet) ?? revision,
  }
}

function planScaling(deployment: Stored<Deployment>, refreshed: Refreshed, nowMs: number): Plan {
  const { sets, revision } = refreshed
  const resizes = scalingStep(deployment, sets).map(
    (resize) => ({ kind: 'resize', resize }) as const,
  )
  const counted = countedStatus(deployment, resized(sets, resizes), nowMs)
  const status = withPauseCondition(deployment, counted, nowMs)
  const known = sets.current ? String(revision) : undefined
  return { actions: [...resizes, ...statusAction(deployment, status, known)] }
}

function planRollout(observed: Observed, refreshed: Refreshed, nowMs: number): Plan {
  const { deployment } = observed
  const { sets } = refreshed
  const steps = isRollingUpdate(deployment)
    ? rollingActions(deployment, refreshed)
    : recreateActions(observed, refreshed)
  const after = resized(sets, steps)
  let status = rolloutStatus(deployment, after, nowMs)
  status = withPauseCondition(deployment, status, nowMs)
  const created = steps.find((step) => step.kind === 'create')
  const start = created ? startedBy(created.replicaSet) : foundAgain(sets, status)
  if (start && hasProgressDeadline(deployment)) status = withCondition(status, start, nowMs)
  const cleanup = isComplete(deployment, status) ? expiredReplicaSets(deployment, sets) : []
  const revision = sets.current || created ? String(refreshed.revision) : undefined
  const againInMs = msUntilDeadline(deployment, status, nowMs)
  return {
    actions: [...steps, ...cleanup, ...statusAction(deployment, status, revision)],
    ...(againInMs === undefined ? {} : { againInMs }),
  }
}

function rollingActions(
  deployment: Stored<Deployment>,
  refreshed: Refreshed,
): readonly DeploymentAction[] {
  const { sets, revision } = refreshed
  if (!sets.current) return [createAction(deployment, sets, revision)]
  return rollingStep(deployment, sets).map((resize) => ({ kind: 'resize', resize }))
}

/** Old pods go first, all of them; only when the last has ended do new ones come. */
function recreateActions(observed: Observed, refreshed: Refreshed): readonly DeploymentAction[] {
  const { deployment, oldPodsRunning } = observed
  const { sets, revision } = refreshed
  const shrinking = active(sets.old)
  if (shrinking.length > 0) {
    return shrinking.map((replicaSet) => ({ kind: 'resize', resize: { replicaSet, replicas: 0 } }))
  }
  if (oldPodsRunning) return []
  if (!sets.current) return [createAction(deployment, sets, revision)]
  const desired = desiredReplicas(deployment)
  if (desiredReplicas(sets.current) === desired) return []
  return [{ kind: 'resize', resize: { replicaSet: sets.current, replicas: desired } }]
}

function createAction(
  deployment: Stored<Deployment>,
  sets: ReplicaSets,
  revision: bigint,
): DeploymentAction & { readonly kind: 'create' } {
  const size = newReplicaSetSize(deployment, sets)
  return { kind: 'create', replicaSet: newReplicaSet(deployment, size, revision) }
}

/** The sets as the steps will leave them, so that the status counts what was decided. */
function resized(sets: ReplicaSets, steps: readonly DeploymentAction[]): ReplicaSets {
  const sizes = new Map<unknown, number>()
  for (const step of steps) {
    if (step.kind === 'resize') sizes.set(step.resize.replicaSet, step.resize.replicas)
  }
  const apply = (replicaSet: Stored<ReplicaSet>): Stored<ReplicaSet> => {
    const replicas = sizes.get(replicaSet)
    if (replicas === undefined) return replicaSet
    return {
      ...replicaSet,
      spec: { ...replicaSet.spec, replicas } as NonNullable<ReplicaSet['spec']>,
    }
  }
  return { current: sets.current && apply(sets.current), old: sets.old.map(apply) }
}

function withPauseCondition(
  deployment: Stored<Deployment>,
  status: DeploymentStatus,
  nowMs: number,
): DeploymentStatus {
  if (!hasProgressDeadline(deployment)) return status
  const reason = deploymentCondition(status, 'Progressing')?.reason
  if (reason === 'ProgressDeadlineExceeded') return status
  const isPaused = deployment.spec?.paused === true
  if (isPaused && reason !== 'DeploymentPaused') {
    const condition = progressing('Unknown', 'DeploymentPaused', 'Deployment is paused')
    return withCondition(status, condition, nowMs)
  }
  if (!isPaused && reason === 'DeploymentPaused') {
    const condition = progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed')
    return withCondition(status, condition, nowMs)
  }
  return status
}

function startedBy({ metadata }: ReplicaSet): NewCondition {
  return progressing('True', 'NewReplicaSetCreated', `Created new replica set "${metadata?.name}"`)
}

function foundAgain({ current }: ReplicaSets, status: DeploymentStatus): NewCondition | undefined {
  if (!current || deploymentCondition(status, 'Progressing')) return undefined
  const message = `Found new replica set "${current.metadata.name}"`
  return progressing('True', 'FoundNewReplicaSet', message)
}

/** Old, empty ReplicaSets beyond revisionHistoryLimit, the oldest revisions first. */
function expiredReplicaSets(
  deployment: Stored<Deployment>,
  { old }: ReplicaSets,
): readonly DeploymentAction[] {
  const limit = historyLimit(deployment)
  if (limit === undefined) return []
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp)
  return alive
    .toSorted(byRevision)
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      ({ metadata, spec, status }) =>
        (status?.replicas ?? 0) === 0 &&
        (spec?.replicas ?? 1) === 0 &&
        (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0),
    )
    .map((replicaSet) => ({ kind: 'delete', replicaSet }))
}

/** Orders by revision, or by age where one of both cannot be read (upstream: ReplicaSetsByRevision). */
function byRevision(a: Stored<ReplicaSet>, b: Stored<ReplicaSet>): number {
  const [first, second] = [deploymentRevision(a), deploymentRevision(b)]
  if (first === undefined || second === undefined || first === second) return byCreation(a, b)
  return first < second ? -1 : 1
}

function statusAction(
  deployment: Stored<Deployment>,
  status: DeploymentStatus,
  revision?: string,
): readonly DeploymentAction[] {
  const known = deployment.metadata.annotations?.[revisionAnnotation]
  const newRevision = revision !== undefined && revision !== known
  if (!newRevision && deepEqual(status, deployment.status ?? {})) return []
  return [{ kind: 'status', status, ...(newRevision ? { revision } : {}) }]
}
