import {
  type Eviction,
  isPodReady,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgets,
  pods,
} from '#api'
import { formatTime, type KubeObject, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import {
  badRequest,
  conflict,
  forbidden,
  isConflict,
  notFound,
  StatusError,
  successStatus,
} from '#machinery/status'
import type { DeleteOptionsFields } from '#machinery/validation'
import type { Action, ActionRequest } from './action.ts'

/** How often an eviction is tried against a changing pod (upstream: EvictionsRetry). */
const attempts = 20
/** Evictions that the disruption controller has not accounted for yet (upstream: MaxDisruptedPodSize). */
const mostDisrupted = 2000

/** Deletes a pod if its disruption budget allows it (upstream: EvictionREST). */
export const evictionAction: Action = async (request) => {
  const { name, body } = request
  const eviction = body as Eviction
  if (eviction.metadata?.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object')
  }
  await evict({ ...request, options: optionsOf(request, eviction) })
  return { object: successStatus() as unknown as KubeObject, status: 201 }
}

interface EvictionRequest extends ActionRequest {
  /** Those of the body, which are a dry run if the request is. */
  readonly options: DeleteOptionsFields
}

function optionsOf({ dryRun }: ActionRequest, { deleteOptions }: Eviction): DeleteOptionsFields {
  // Cast: the schema's type of the options has the same fields.
  const given = (deleteOptions ?? {}) as DeleteOptionsFields
  return dryRun && !given.dryRun?.length ? { ...given, dryRun: ['All'] } : given
}

async function evict(request: EvictionRequest): Promise<void> {
  const mayTryAgain = request.options.preconditions?.resourceVersion === undefined
  for (let attempt = 1; ; attempt++) {
    const pod = podOf(request)
    if (needsBudget(pod)) return evictWithin(pod, request)
    try {
      // One that is pending may become ready meanwhile, and then costs somebody something.
      return await remove(pod, request, isPending(pod))
    } catch (error) {
      if (!isConflict(error) || !mayTryAgain || attempt === attempts) throw error
    }
  }
}

function podOf({ objects, namespace, name }: ActionRequest): Stored<Pod> {
  const pod = objects.get(pods, { namespace, name })
  if (!pod) throw notFound(pods, name)
  return pod
}

/** Pods that do not run yet, have ended or are leaving anyway cost nobody anything. */
function needsBudget(pod: Stored<Pod>): boolean {
  const { metadata, status } = pod
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return !hasEnded && metadata.deletionTimestamp === undefined && !isPending(pod)
}

function isPending({ metadata, status }: Stored<Pod>): boolean {
  return metadata.deletionTimestamp === undefined && (status?.phase ?? 'Pending') === 'Pending'
}

async function evictWithin(pod: Stored<Pod>, request: EvictionRequest): Promise<void> {
  const budget = budgetOf(pod, request)
  const isFree = budget !== undefined && costsNothing(pod, budget)
  if (budget && !isFree) await spendBudget(budget, pod, request)
  try {
    await remove(pod, request, isFree)
  } catch (error) {
    const isOwn = isFree && request.options.preconditions?.resourceVersion === undefined
    throw isOwn && isConflict(error) ? unprocessed(budget) : error
  }
}

/**
 * Marks the pod and deletes it. A guarded eviction goes wrong when the pod is not any more as it was judged;
 * the mark itself is this eviction's own change.
 */
async function remove(pod: Stored<Pod>, request: EvictionRequest, isGuarded: boolean) {
  const { writer, options, nowMs } = request
  const { name, resourceVersion: judged } = pod.metadata
  const key = { namespace: request.namespace, name }
  const { preconditions = {} } = options
  const wanted = preconditions.resourceVersion ?? (isGuarded ? judged : undefined)
  const guarded = (version: string | undefined) => ({
    ...options,
    ...(version !== undefined && {
      preconditions: { ...preconditions, resourceVersion: version },
    }),
  })
  if (options.dryRun?.length) return writer.delete(pods, key, guarded(wanted))
  const marked = await writer.modify(pods, key, (current) => {
    checkSame(current, preconditions.uid, wanted)
    return disrupted(current, nowMs)
  })
  const now = wanted === undefined ? undefined : marked.metadata.resourceVersion
  return writer.delete(pods, key, guarded(now))
}

function checkSame({ metadata }: Stored<Pod>, uid?: string, version?: string): void {
  const of = { group: '', plural: 'Pod' }
  if (uid !== undefined && uid !== metadata.uid) {
    const differs = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid})`
    const why = `${differs}. The object might have been deleted and then recreated`
    throw conflict(of, metadata.name, why)
  }
  if (version !== undefined && version !== metadata.resourceVersion) {
    const differs = `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${metadata.resourceVersion})`
    throw conflict(of, metadata.name, `${differs}. The object might have been modified`)
  }
}

function budgetOf(
  pod: Stored<Pod>,
  { objects, namespace }: ActionRequest,
): Stored<PodDisruptionBudget> | undefined {
  const [budget, ...others] = objects
    .list(podDisruptionBudgets, namespace)
    .filter(({ spec }) => matchesLabels(selectorFromObject(spec?.selector), pod.metadata.labels))
  if (others.length === 0) return budget
  throw new StatusError({
    code: 500,
    reason: 'InternalError',
    message:
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  })
}

/** A pod that is not ready is no loss, unless all that are count. */
function costsNothing(pod: Stored<Pod>, { spec, status }: Stored<PodDisruptionBudget>): boolean {
  if (isPodReady(pod)) return false
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

async function spendBudget(
  budget: Stored<PodDisruptionBudget>,
  pod: Stored<Pod>,
  { writer, options, nowMs }: EvictionRequest,
): Promise<void> {
  checkBudget(budget)
  if (options.dryRun?.length) return
  await writer.modify(podDisruptionBudgets, budget.metadata, (current) =>
    spent(current, pod, nowMs),
  )
}

/** Upstream's checkAndDecrement. @throws StatusError */
function checkBudget(budget: Stored<PodDisruptionBudget>): void {
  const { metadata, status } = budget
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status ?? {}
  if (observedGeneration < (metadata.generation ?? 0)) throw unprocessed(budget)
  const refused = (why: string) =>
    forbidden({ ...podDisruptionBudgets, plural: 'poddisruptionbudget' }, metadata.name, why)
  if (disruptionsAllowed < 0) throw refused('pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > mostDisrupted) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    throw refused(why)
  }
  if (disruptionsAllowed === 0) throw exhausted(budget)
}

function spent(
  budget: Stored<PodDisruptionBudget>,
  pod: Stored<Pod>,
  nowMs: number,
): PodDisruptionBudget {
  checkBudget(budget)
  const { status } = budget
  const allowed = (status?.disruptionsAllowed ?? 0) - 1
  const time = formatTime(nowMs)
  const disruptedPods = { ...status?.disruptedPods, [pod.metadata.name]: time }
  const next = {
    ...status,
    disruptionsAllowed: allowed,
    disruptedPods,
    ...(allowed === 0 && {
      conditions: withoutDisruptions(status?.conditions ?? [], budget, time),
    }),
  }
  return { ...budget, status: next as NonNullable<PodDisruptionBudget['status']> }
}

type BudgetCondition = NonNullable<NonNullable<PodDisruptionBudget['status']>['conditions']>[number]

/** The conditions of a budget that is spent; the disruption controller says the same, but later. */
function withoutDisruptions(
  held: readonly BudgetCondition[],
  { status }: Stored<PodDisruptionBudget>,
  time: string,
): readonly BudgetCondition[] {
  const before = held.find(({ type }) => type === 'DisruptionAllowed')
  const condition: BudgetCondition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : time,
    ...(status?.observedGeneration !== undefined && {
      observedGeneration: status.observedGeneration,
    }),
  }
  return before ? held.map((each) => (each === before ? condition : each)) : [...held, condition]
}

function tooMany(cause: string, retryAfterSeconds?: number): StatusError {
  return new StatusError({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [{ reason: 'DisruptionBudget', message: cause }],
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
  })
}

function unprocessed({ metadata }: Stored<PodDisruptionBudget>): StatusError {
  const cause = `The disruption budget ${metadata.name} is still being processed by the server.`
  return tooMany(cause, 10)
}

function exhausted({ metadata, status }: Stored<PodDisruptionBudget>): StatusError {
  const { desiredHealthy = 0, currentHealthy = 0, conditions = [] } = status ?? {}
  const condition = conditions.find(({ type }) => type === 'DisruptionAllowed')
  const why = condition?.status === 'False' && condition.message ? condition : undefined
  const budget = `The disruption budget ${metadata.name}`
  const denies = `${budget} does not allow evicting pods currently`
  // Of a budget whose sync failed the numbers are not to be trusted.
  if (why?.reason === 'SyncFailed') {
    return tooMany(`${denies} because it failed sync: ${why.message}`)
  }
  if (currentHealthy <= desiredHealthy) {
    return tooMany(
      `${budget} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    )
  }
  return tooMany(why ? `${denies} (${why.reason}): ${why.message}` : denies)
}

function disrupted(pod: Stored<Pod>, nowMs: number): Pod {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: formatTime(nowMs),
  }
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } }
}
