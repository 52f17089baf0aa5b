import { type Pod, pods, replicaSets, replicationControllers } from '#api'
import type { Informer } from '#client'
import { messageOf } from '#lib'
import { controllerOf, deepEqual, keyOf, type ResourceRef, type Stored } from '#machinery'
import {
  matchesLabels,
  type Selector,
  selectorFromMap,
  selectorFromObject,
} from '#machinery/selectors'
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
  type ReplicatedSet,
  replicaSetStatus,
} from './plan.ts'

const podRules = [
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
]

function setRules(group: string, plural: string) {
  return [
    { apiGroups: [group], resources: [plural], verbs: ['get', 'list', 'update', 'watch'] },
    { apiGroups: [group], resources: [`${plural}/status`], verbs: ['update'] },
    { apiGroups: [group], resources: [`${plural}/finalizers`], verbs: ['update'] },
  ]
}

/** Keeps the number of pods of each ReplicaSet (upstream: pkg/controller/replicaset). */
export const replicaSetController: Controller = {
  name: 'replicaset',
  workers: 5,
  permissions: [...setRules('apps', 'replicasets'), ...podRules],
  start: (context) =>
    start(context, {
      resource: replicaSets,
      selectorOf: ({ spec }) => selectorFromObject(spec?.selector),
      statusOf: replicaSetStatus,
    }),
}

/** The same for ReplicationControllers, as upstream: they differ in their selector alone. */
export const replicationController: Controller = {
  name: 'replication',
  workers: 5,
  permissions: [...setRules('', 'replicationcontrollers'), ...podRules],
  start: (context) =>
    start(context, {
      resource: replicationControllers,
      selectorOf: ({ spec }) => selectorFromMap(spec?.selector),
      // Their status has no such field.
      statusOf: (...observed) => {
        const { terminatingReplicas: _, ...status } = replicaSetStatus(...observed)
        return status
      },
    }),
}

/** A kind whose objects keep a number of pods, and how it differs from others. */
interface SetKind<S extends ReplicatedSet> {
  readonly resource: ResourceRef<S>
  readonly selectorOf: (set: S) => Selector
  readonly statusOf: (
    observed: Observed<S>,
    failure: { readonly reason: string; readonly message: string } | undefined,
    nowMs: number,
  ) => S['status']
}

const indexes = { [controllerIndex]: controllerIndexValues }

interface Caches<S extends ReplicatedSet> {
  readonly sets: Informer<S>
  readonly pods: Informer<Pod>
}

function start<S extends ReplicatedSet>(
  context: ControllerContext,
  kind: SetKind<S>,
): ControllerLoop {
  const { resource, selectorOf } = kind
  const cache: Caches<S> = {
    sets: context.informers.informer(resource, { indexes }),
    pods: context.informers.informer(pods, { indexes }),
  }
  const ownersOf = (pod: Stored<Pod>) => {
    const owner = controllerOf(pod)
    const { namespace } = pod.metadata
    if (owner) return owner.kind === resource.kind ? [`${namespace}/${owner.name}`] : []
    return cache.sets
      .list(namespace)
      .filter((set) => matchesLabels(selectorOf(set), pod.metadata.labels))
      .map(keyOf)
  }
  return {
    watches: [watching(resource, (set) => [keyOf(set)]), watching(pods, ownersOf)],
    async reconcile(key, reconcile) {
      const set = cache.sets.get(key)
      if (!set) return undefined
      const observed = await observe(set, kind, cache, reconcile)
      const nowMs = context.clock.wallMs()
      const plan = planReplicas(observed, nowMs)
      const failure = await execute(plan, { set, kind }, cache, reconcile)
      await updateStatus(observed, kind, failure, reconcile)
      if (failure) throw failure.error
      const againInMs = msUntilAvailable(observed, nowMs)
      return againInMs === undefined ? undefined : { againInMs }
    },
  }
}

async function observe<S extends ReplicatedSet>(
  set: Stored<S>,
  { resource, selectorOf }: SetKind<S>,
  cache: Caches<S>,
  { client }: ReconcileContext,
): Promise<Observed<S>> {
  const claims = claim(set, selectorOf(set), candidatesFor(set, cache.pods))
  const owned = await settleClaims(client, pods, { owner: set, kind: resource }, claims)
  const owner = controllerOf(set)
  return { set, pods: owned, relatedPods: () => (owner ? related(set, cache) : owned) }
}

/** Pods of all sets that the same Deployment controls. */
function related<S extends ReplicatedSet>(
  set: Stored<S>,
  cache: Caches<S>,
): readonly Stored<Pod>[] {
  const uid = controllerOf(set)?.uid ?? ''
  return cache.sets
    .by(controllerIndex, uid)
    .flatMap((sibling) => cache.pods.by(controllerIndex, sibling.metadata.uid))
}

interface Failure {
  readonly reason: 'FailedCreate' | 'FailedDelete'
  readonly message: string
  readonly error: unknown
}

async function execute<S extends ReplicatedSet>(
  plan: Plan,
  { set, kind }: { readonly set: Stored<S>; readonly kind: SetKind<S> },
  cache: Caches<S>,
  context: ReconcileContext,
): Promise<Failure | undefined> {
  const written: Stored<Pod>[] = []
  const creation = await slowStart(plan.create, async () => {
    const wanted = podFromTemplate(set, kind.resource, set.spec?.template)
    written.push(await createPod(set, wanted, context))
  })
  const deletions = await Promise.allSettled(plan.remove.map((pod) => deletePod(set, pod, context)))
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
  set: Stored<ReplicatedSet>,
  pod: Stored<Pod>,
  { client, events }: ReconcileContext,
): Promise<void> {
  try {
    await client.delete(pods, pod.metadata)
    const message = `Deleted pod: ${pod.metadata.name}`
    events.event(set, { type: 'Normal', reason: 'SuccessfulDelete', message })
  } catch (error) {
    if (isNotFound(error)) return
    const message = `Error deleting: ${messageOf(error)}`
    events.event(set, { type: 'Warning', reason: 'FailedDelete', message })
    throw error
  }
}

async function updateStatus<S extends ReplicatedSet>(
  observed: Observed<S>,
  { resource, statusOf }: SetKind<S>,
  failure: Failure | undefined,
  { client, clock }: ReconcileContext,
): Promise<void> {
  const { set } = observed
  const failureText = failure && { reason: failure.reason, message: failure.message }
  const status = statusOf(observed, failureText, clock.wallMs())
  if (deepEqual(status, set.status ?? {})) return
  // Cast: a set with another status is one of the same kind.
  const changed = { ...set, status } as Stored<S>
  await client.update(resource, changed, { subresource: 'status' })
}
