import {
  type ControllerRevision,
  controllerRevisions,
  type Pod,
  persistentVolumeClaims,
  pods,
  type StatefulSet,
  statefulSets,
} from '#api'
import type { Informer } from '#client'
import { messageOf } from '#lib'
import { controllerOf, deepEqual, keyOf, type Stored } from '#machinery'
import { selectorFromObject } from '#machinery/selectors'
import { isAlreadyExists, isNotFound } from '#machinery/status'
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
import { readySinceMs } from '../shared/pods.ts'
import { currentRevision, forgetRevisions, revisionsOf } from '../shared/revisions.ts'
import {
  type Observed,
  planStatefulSet,
  type StatefulSetAction,
  statefulSetStatus,
} from './plan.ts'
import { claimsOf, ordinalOf, podRevision, statefulPod } from './pod.ts'

/** Runs pods with stable names and volumes, in order (upstream: pkg/controller/statefulset). */
export const statefulSetController: Controller = {
  name: 'statefulset',
  workers: 5,
  permissions: [
    { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['apps'],
      resources: ['statefulsets/status', 'statefulsets/finalizers'],
      verbs: ['update'],
    },
    {
      apiGroups: ['apps'],
      resources: ['controllerrevisions'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    {
      apiGroups: [''],
      resources: ['pods'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['create', 'get'] },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

interface Caches {
  readonly sets: Informer<StatefulSet>
  readonly pods: Informer<Pod>
  readonly revisions: Informer<ControllerRevision>
}

function start({ informers }: ControllerContext): ControllerLoop {
  const indexes = { [controllerIndex]: controllerIndexValues }
  const cache: Caches = {
    sets: informers.informer(statefulSets),
    pods: informers.informer(pods, { indexes }),
    revisions: informers.informer(controllerRevisions, { indexes }),
  }
  return {
    watches: [
      watching(statefulSets, (set) => [keyOf(set)]),
      watching(controllerRevisions, (revision) => {
        const owner = controllerOf(revision)
        const { namespace } = revision.metadata
        return owner?.kind === 'StatefulSet' ? [`${namespace}/${owner.name}`] : []
      }),
      watching(pods, (pod) => {
        const owner = controllerOf(pod)
        const { namespace } = pod.metadata
        if (!owner) return cache.sets.list(namespace).map(keyOf)
        return owner.kind === 'StatefulSet' ? [`${namespace}/${owner.name}`] : []
      }),
    ],
    async reconcile(key, context) {
      const set = cache.sets.get(key)
      return set && !set.metadata.deletionTimestamp ? sync(set, cache, context) : undefined
    },
  }
}

async function sync(
  set: Stored<StatefulSet>,
  cache: Caches,
  context: ReconcileContext,
): Promise<{ readonly againInMs: number } | undefined> {
  const { client, clock } = context
  const candidates = candidatesFor(set, cache.pods).filter(
    (pod) => ordinalOf(set, pod) !== undefined,
  )
  const claims = claim(set, selectorFromObject(set.spec?.selector), candidates)
  const claimant = { owner: set, kind: statefulSets }
  const owned = await settleClaims(client, pods, claimant, claims)
  const historian = {
    ...claimant,
    template: set.spec?.template,
    hashLabel: 'controller.kubernetes.io/hash',
  }
  const update = await currentRevision(historian, cache.revisions, context)
  const held = revisionsOf(set, cache.revisions)
  const current =
    held.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update
  const observed: Observed = {
    set,
    pods: owned,
    currentRevision: current.metadata.name,
    updateRevision: update.metadata.name,
    nowMs: clock.wallMs(),
  }
  const revisions = new Map([current, update].map((each) => [each.metadata.name, each]))
  for (const action of planStatefulSet(observed)) {
    await execute(set, action, { cache, revisions }, context)
  }
  const status = statefulSetStatus(observed)
  if (!deepEqual(status, set.status ?? {})) {
    await client.update(statefulSets, { ...set, status }, { subresource: 'status' })
  }
  const used = owned.map((pod) => podRevision(pod) ?? '')
  const inUse = new Set([current.metadata.name, update.metadata.name, ...used])
  const limit = set.spec?.revisionHistoryLimit ?? 10
  await forgetRevisions(set, cache.revisions, { limit, inUse }, context)
  return againAfter(observed)
}

/** When the next ready pod will have been ready for long enough. */
function againAfter({ set, pods: owned, nowMs }: Observed) {
  const minReadyMs = (set.spec?.minReadySeconds ?? 0) * 1000
  const waits = owned
    .flatMap((pod) => readySinceMs(pod) ?? [])
    .map((sinceMs) => sinceMs + minReadyMs - nowMs)
    .filter((waitMs) => waitMs > 0)
  return waits.length > 0 ? { againInMs: Math.min(...waits) } : undefined
}

interface Means {
  readonly cache: Caches
  readonly revisions: ReadonlyMap<string, Stored<ControllerRevision>>
}

async function execute(
  set: Stored<StatefulSet>,
  action: StatefulSetAction,
  { cache, revisions }: Means,
  context: ReconcileContext,
): Promise<void> {
  const { client, events } = context
  const verb = action.kind
  const revision = verb === 'create' ? revisions.get(action.revision) : undefined
  const planned =
    verb === 'create' && revision ? statefulPod(set, action.ordinal, revision) : undefined
  const name = verb === 'delete' ? action.pod.metadata.name : planned?.metadata.name
  const reason = verb === 'create' ? 'Create' : 'Delete'
  const about = `${verb} Pod ${name} in StatefulSet ${set.metadata.name}`
  try {
    if (verb === 'delete') {
      await client.delete(pods, action.pod.metadata)
      await untilLeaving(cache.pods, action.pod, context)
    } else if (planned) {
      await createClaims(set, action.ordinal, context)
      await untilObserved(cache.pods, await client.create(pods, planned), context)
    }
    const message = `${about} successful`
    events.event(set, { type: 'Normal', reason: `Successful${reason}`, message })
  } catch (error) {
    if (namespaceIsTerminating(error) || isNotFound(error)) return
    const message = `${about} failed error: ${messageOf(error)}`
    events.event(set, { type: 'Warning', reason: `Failed${reason}`, message })
    throw error
  }
}

async function createClaims(
  set: Stored<StatefulSet>,
  ordinal: number,
  { client, events }: ReconcileContext,
): Promise<void> {
  for (const claimed of claimsOf(set, ordinal)) {
    try {
      await client.create(persistentVolumeClaims, claimed)
      const message = `create Claim ${claimed.metadata.name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name} success`
      events.event(set, { type: 'Normal', reason: 'SuccessfulCreate', message })
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
    }
  }
}
