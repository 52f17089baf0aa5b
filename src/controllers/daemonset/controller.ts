import {
  type ControllerRevision,
  controllerRevisions,
  type DaemonSet,
  daemonSets,
  type Node,
  nodes,
  type Pod,
  pods,
} from '#api'
import type { Informer } from '#client'
import { messageOf } from '#lib'
import { controllerOf, deepEqual, keyOf, type ObjectMeta, type Stored } from '#machinery'
import { selectorFromObject } from '#machinery/selectors'
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
import { podFromTemplate } from '../shared/pods.ts'
import { currentRevision, forgetRevisions, revisionHash, revisionsOf } from '../shared/revisions.ts'
import { slowStart } from '../shared/slow-start.ts'
import { createFailedPodBackOff, type FailedPodBackOff } from './failed-pod-back-off.ts'
import { daemonTolerations, targetNodeName } from './nodes.ts'
import { hashLabel, msUntilAvailable, type Observed, type Removal } from './observed.ts'
import { planDaemons } from './plan.ts'
import { daemonSetStatus } from './status.ts'

/** Runs one pod on every suitable node (upstream: pkg/controller/daemon). */
export const daemonSetController: Controller = {
  name: 'daemon-set',
  eventSource: 'daemonset-controller',
  workers: 2,
  permissions: [
    { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['apps'],
      resources: ['daemonsets/status', 'daemonsets/finalizers'],
      verbs: ['update'],
    },
    {
      apiGroups: ['apps'],
      resources: ['controllerrevisions'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: [''],
      resources: ['pods'],
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'],
    },
    { apiGroups: [''], resources: ['pods/binding'], verbs: ['create'] },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

interface Caches {
  readonly daemonSets: Informer<DaemonSet>
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
  readonly revisions: Informer<ControllerRevision>
  readonly failedPods: FailedPodBackOff
}

function start({ informers, clock }: ControllerContext): ControllerLoop {
  const indexes = { [controllerIndex]: controllerIndexValues }
  const cache: Caches = {
    daemonSets: informers.informer(daemonSets),
    pods: informers.informer(pods, { indexes }),
    nodes: informers.informer(nodes),
    revisions: informers.informer(controllerRevisions, { indexes }),
    failedPods: createFailedPodBackOff(clock),
  }
  const placing = ({ metadata, spec }: Stored<Node>) =>
    JSON.stringify([metadata.labels, spec?.taints, spec?.unschedulable])
  return {
    watches: [
      watching(daemonSets, (daemonSet) => [keyOf(daemonSet)]),
      watching(controllerRevisions, ({ metadata }) => {
        const owner = metadata.ownerReferences?.find(({ controller }) => controller)
        return owner?.kind === 'DaemonSet' ? [`${metadata.namespace}/${owner.name}`] : []
      }),
      watching(pods, (pod) => {
        const owner = controllerOf(pod)
        if (owner && owner.kind !== 'DaemonSet') return []
        const { namespace } = pod.metadata
        return owner ? [`${namespace}/${owner.name}`] : cache.daemonSets.list(namespace).map(keyOf)
      }),
      watching(nodes, (_, { before, after }) =>
        before && after && placing(before) === placing(after)
          ? []
          : cache.daemonSets.list().map(keyOf),
      ),
    ],
    async reconcile(key, context) {
      const daemonSet = cache.daemonSets.get(key)
      if (!daemonSet) return undefined
      return sync(daemonSet, cache, context)
    },
  }
}

async function sync(
  daemonSet: Stored<DaemonSet>,
  cache: Caches,
  context: ReconcileContext,
): Promise<{ readonly againInMs: number } | undefined> {
  if (daemonSet.metadata.deletionTimestamp) return undefined
  const { client, clock } = context
  const selector = selectorFromObject(daemonSet.spec?.selector)
  const claims = claim(daemonSet, selector, candidatesFor(daemonSet, cache.pods))
  const claimant = { owner: daemonSet, kind: daemonSets }
  const owned = await settleClaims(client, pods, claimant, claims)
  const template = daemonSet.spec?.template
  const historian = { ...claimant, template, hashLabel }
  const revision = await currentRevision(historian, cache.revisions, context)
  const hash = revisionHash(revision, hashLabel)
  const observed: Observed = {
    daemonSet,
    nodes: cache.nodes.list(),
    pods: owned,
    hash,
    nowMs: clock.wallMs(),
    failedPodDelayMs: (node) => cache.failedPods.delayMs(daemonSet, node),
  }
  const { create, remove, againInMs: failedPodInMs } = planDaemons(observed)
  for (const removal of remove) await removePod(daemonSet, removal, cache, context)
  const error = await createPods(daemonSet, { names: create, hash }, cache, context)
  const status = daemonSetStatus(observed)
  if (!deepEqual(status, daemonSet.status ?? {})) {
    await client.update(daemonSets, { ...daemonSet, status }, { subresource: 'status' })
  }
  if (error !== undefined) throw error
  await cleanUp(observed, cache, context)
  const waits = [msUntilAvailable(observed), failedPodInMs].filter((ms) => ms !== undefined)
  return waits.length > 0 ? { againInMs: Math.min(...waits) } : undefined
}

async function cleanUp(
  { daemonSet, pods: owned, hash }: Observed,
  cache: Caches,
  context: ReconcileContext,
): Promise<void> {
  const hashes = new Set([hash, ...owned.map(({ metadata }) => metadata.labels?.[hashLabel] ?? '')])
  const used = revisionsOf(daemonSet, cache.revisions).filter((each) =>
    hashes.has(revisionHash(each, hashLabel)),
  )
  const inUse = new Set(used.map(({ metadata }) => metadata.name))
  const limit = daemonSet.spec?.revisionHistoryLimit ?? 10
  await forgetRevisions(daemonSet, cache.revisions, { limit, inUse }, context)
}

async function createPods(
  daemonSet: Stored<DaemonSet>,
  { names, hash }: { readonly names: readonly string[]; readonly hash: string },
  cache: Caches,
  context: ReconcileContext,
): Promise<unknown> {
  const made: Stored<Pod>[] = []
  const { error } = await slowStart(names.length, async (at) => {
    const pod = daemonPod(daemonSet, names[at] ?? '', hash)
    try {
      const written = await context.client.create(pods, pod)
      made.push(written)
      const message = `Created pod: ${written.metadata.name}`
      context.events.event(daemonSet, { type: 'Normal', reason: 'SuccessfulCreate', message })
    } catch (failure) {
      const message = `Error creating: ${messageOf(failure)}`
      context.events.event(daemonSet, { type: 'Warning', reason: 'FailedCreate', message })
      throw failure
    }
  })
  for (const pod of made) await untilObserved(cache.pods, pod, context)
  return namespaceIsTerminating(error) ? undefined : error
}

/** A pod that only the scheduler's node filter can place: on the one node that it is for. */
function daemonPod(
  daemonSet: Stored<DaemonSet>,
  nodeName: string,
  hash: string,
): Pod & { readonly metadata: ObjectMeta } {
  const template = daemonSet.spec?.template ?? {}
  const base = podFromTemplate(daemonSet, daemonSets, template)
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }]
  const required = { nodeSelectorTerms: [{ matchFields }] }
  const affinity = base.spec?.affinity
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: required,
  }
  const labels = { ...base.metadata.labels, [hashLabel]: hash }
  return {
    ...base,
    metadata: { ...base.metadata, labels },
    spec: {
      containers: [],
      ...base.spec,
      affinity: { ...affinity, nodeAffinity },
      tolerations: [...(base.spec?.tolerations ?? []), ...daemonTolerations(template)],
    },
  }
}

async function removePod(
  daemonSet: Stored<DaemonSet>,
  { pod, ended }: Removal,
  cache: Caches,
  context: ReconcileContext,
): Promise<void> {
  const { client, events } = context
  if (ended === 'Failed') cache.failedPods.replaced(daemonSet, targetNodeName(pod) ?? '')
  if (ended) {
    const what = ended === 'Failed' ? 'failed' : 'succeeded'
    const act = ended === 'Failed' ? 'kill' : 'delete'
    const message = `Found ${what} daemon pod ${keyOf(pod)} on node ${targetNodeName(pod)}, will try to ${act} it`
    const type = ended === 'Failed' ? 'Warning' : 'Normal'
    events.event(daemonSet, { type, reason: `${ended}DaemonPod`, message })
  }
  try {
    await client.delete(pods, pod.metadata)
    const message = `Deleted pod: ${pod.metadata.name}`
    events.event(daemonSet, { type: 'Normal', reason: 'SuccessfulDelete', message })
    await untilLeaving(cache.pods, pod, context)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
