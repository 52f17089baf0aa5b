import { type Pod, pods, type ReplicaSet, replicaSets } from '#api'
import type { Informer } from '#client'
import { messageOf } from '#lib'
import { controllerOf, deepEqual, keyOf, type Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import { isNotFound } from '#machinery/status'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../runner/controller.ts'
import { candidatesFor, claim, controllerIndex, controllerIndexValues } from '../shared/adoption.ts'
import { settleClaims, untilLeaving, untilObserved } from '../shared/claims.ts'
import { namespaceIsTerminating } from '../shared/namespaces.ts'
import { createPod } from '../shared/pod-control.ts'
import { podFromTemplate } from '../shared/pods.ts'
import { slowStart } from '../shared/slow-start.ts'
import {
  msUntilAvailable,
  type Observed,
  type Plan,
  planReplicas,
  replicaSetStatus,
} from './plan.ts'

/** Keeps the number of pods of each ReplicaSet (upstream: pkg/controller/replicaset). */
export const replicaSetController: Controller = {
  name: 'replicaset',
  workers: 5,
  permissions: [
    { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get', 'list', 'update', 'watch'] },
    { apiGroups: ['apps'], resources: ['replicasets/status'], verbs: ['update'] },
    { apiGroups: ['apps'], resources: ['replicasets/finalizers'], verbs: ['update'] },
    {
      apiGroups: [''],
      resources: ['pods'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'],
    },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

const indexes = { [controllerIndex]: controllerIndexValues }

interface Caches {
  readonly replicaSets: Informer<ReplicaSet>
  readonly pods: Informer<Pod>
}

function start(context: ControllerContext): ControllerLoop {
  const cache: Caches = {
    replicaSets: context.informers.informer(replicaSets, { indexes }),
    pods: context.informers.informer(pods, { indexes }),
  }
  const ownersOf = (pod: Stored<Pod>) => {
    const owner = controllerOf(pod)
    const { namespace } = pod.metadata
    if (owner) return owner.kind === 'ReplicaSet' ? [`${namespace}/${owner.name}`] : []
    return cache.replicaSets
      .list(namespace)
      .filter(({ spec }) => matchesLabels(selectorFromObject(spec?.selector), pod.metadata.labels))
      .map(keyOf)
  }
  return {
    watches: [watching(replicaSets, (replicaSet) => [keyOf(replicaSet)]), watching(pods, ownersOf)],
    async reconcile(key, reconcile) {
      const replicaSet = cache.replicaSets.get(key)
      if (!replicaSet) return undefined
      const observed = await observe(replicaSet, cache, reconcile)
      const nowMs = context.clock.wallMs()
      const failure = await execute(planReplicas(observed, nowMs), observed, cache, reconcile)
      await updateStatus(observed, failure, reconcile)
      if (failure) throw failure.error
      const againInMs = msUntilAvailable(observed, nowMs)
      return againInMs === undefined ? undefined : { againInMs }
    },
  }
}

async function observe(
  replicaSet: Stored<ReplicaSet>,
  cache: Caches,
  { client }: ReconcileContext,
): Promise<Observed> {
  const candidates = candidatesFor(replicaSet, cache.pods)
  const selector = selectorFromObject(replicaSet.spec?.selector)
  const claims = claim(replicaSet, selector, candidates)
  const claimant = { owner: replicaSet, kind: replicaSets }
  const owned = await settleClaims(client, pods, claimant, claims)
  const owner = controllerOf(replicaSet)
  return {
    replicaSet,
    pods: owned,
    relatedPods: () => (owner ? related(replicaSet, cache) : owned),
  }
}

/** Pods of all ReplicaSets that the same Deployment controls. */
function related(replicaSet: Stored<ReplicaSet>, cache: Caches): readonly Stored<Pod>[] {
  const uid = controllerOf(replicaSet)?.uid ?? ''
  return cache.replicaSets
    .by(controllerIndex, uid)
    .flatMap((sibling) => cache.pods.by(controllerIndex, sibling.metadata.uid))
}

interface Failure {
  readonly reason: 'FailedCreate' | 'FailedDelete'
  readonly message: string
  readonly error: unknown
}

async function execute(
  plan: Plan,
  { replicaSet }: Observed,
  cache: Caches,
  context: ReconcileContext,
): Promise<Failure | undefined> {
  const written: Stored<Pod>[] = []
  const creation = await slowStart(plan.create, async () => {
    const wanted = podFromTemplate(replicaSet, replicaSets, replicaSet.spec?.template)
    written.push(await createPod(replicaSet, wanted, context))
  })
  const deletions = await Promise.allSettled(
    plan.remove.map((pod) => deletePod(replicaSet, pod, context)),
  )
  for (const pod of written) await untilObserved(cache.pods, pod, context)
  for (const [index, pod] of plan.remove.entries()) {
    if (deletions[index]?.status === 'fulfilled') await untilLeaving(cache.pods, pod, context)
  }
  const failed = deletions.find((deletion) => deletion.status === 'rejected')
  if (creation.error !== undefined && !namespaceIsTerminating(creation.error)) {
    return { reason: 'FailedCreate', message: messageOf(creation.error), error: creation.error }
  }
  if (!failed) return undefined
  return { reason: 'FailedDelete', message: messageOf(failed.reason), error: failed.reason }
}

async function deletePod(
  replicaSet: Stored<ReplicaSet>,
  pod: Stored<Pod>,
  { client, events }: ReconcileContext,
): Promise<void> {
  try {
    await client.delete(pods, pod.metadata)
    const message = `Deleted pod: ${pod.metadata.name}`
    events.event(replicaSet, { type: 'Normal', reason: 'SuccessfulDelete', message })
  } catch (error) {
    if (isNotFound(error)) return
    const message = `Error deleting: ${messageOf(error)}`
    events.event(replicaSet, { type: 'Warning', reason: 'FailedDelete', message })
    throw error
  }
}

async function updateStatus(
  observed: Observed,
  failure: Failure | undefined,
  { client, clock }: ReconcileContext,
): Promise<void> {
  const { replicaSet } = observed
  const failureText = failure && { reason: failure.reason, message: failure.message }
  const status = replicaSetStatus(observed, failureText, clock.wallMs())
  if (deepEqual(status, replicaSet.status ?? {})) return
  await client.update(replicaSets, { ...replicaSet, status }, { subresource: 'status' })
}
