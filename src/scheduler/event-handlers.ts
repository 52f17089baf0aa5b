import {
  deviceClasses,
  isPodTerminal,
  type Namespace,
  type Node,
  namespaces,
  nodes,
  type Pod,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  resourceClaims,
  resourceSlices,
  storageClasses,
} from '#api'
import type { Change, Informer, InformerFactory } from '#client'
import {
  deepEqual,
  groupResourceOf,
  type KubeObject,
  keyOf,
  type ResourceRef,
  type Stored,
  type Trigger,
} from '#machinery'
import { type ClusterEvent, nodeChanged } from './model/cluster-event.ts'
import { type PodInfo, podInfoOf } from './model/pod-info.ts'
import type { SchedulingQueue } from './queue/scheduling-queue.ts'
import type { SchedulerCache } from './state/scheduler-cache.ts'

export interface Watched {
  readonly state: SchedulerCache
  readonly queue: SchedulingQueue
  readonly schedulerName: string
}

export interface Subscription extends Disposable {
  readonly informers: readonly Informer<KubeObject>[]
  /** The pod as it was last seen, if it still waits for a node. */
  findWaiting(uid: string): PodInfo | undefined
}

/** Keeps state and queue current with what the informers see. */
export function subscribe(informers: InformerFactory, watched: Watched): Subscription {
  const sources = {
    nodes: informers.informer(nodes),
    namespaces: informers.informer(namespaces),
    pods: informers.informer(pods),
    claims: informers.informer(persistentVolumeClaims),
    volumes: informers.informer(persistentVolumes),
    storageClasses: informers.informer(storageClasses),
    deviceClaims: informers.informer(resourceClaims),
    deviceClasses: informers.informer(deviceClasses),
    deviceSlices: informers.informer(resourceSlices),
  }
  const handler = createPodHandler(watched)
  const subscriptions = new DisposableStack()
  subscriptions.use(sources.nodes.subscribe((change) => onNode(watched, change)))
  subscriptions.use(sources.namespaces.subscribe((change) => onNamespace(watched, change)))
  subscriptions.use(sources.pods.subscribe(handler.onPod))
  const { queue } = watched
  const forward = <T extends KubeObject>(
    informer: Informer<T>,
    eventOf: (change: Change<T>) => ClusterEvent,
  ) =>
    subscriptions.use(
      informer.subscribe((change) => {
        // Cast: a change has one of them.
        const object = (change.after ?? change.before) as Stored<T>
        queue.onClusterEvent(eventOf(change), triggerOf(informer.resource, object))
      }),
    )
  forward(sources.claims, (change) => ({ kind: 'claim', ...change }))
  forward(sources.volumes, (change) => ({ kind: 'volume', ...change }))
  forward(sources.storageClasses, (change) => ({ kind: 'storageClass', ...change }))
  forward(sources.deviceClaims, (change) => ({ kind: 'deviceClaim', ...change }))
  forward(sources.deviceClasses, (change) => ({ kind: 'deviceClass', ...change }))
  forward(sources.deviceSlices, (change) => ({ kind: 'deviceSlice', ...change }))
  return {
    informers: Object.values(sources) as unknown as readonly Informer<KubeObject>[],
    findWaiting: handler.findWaiting,
    [Symbol.dispose]: () => subscriptions.dispose(),
  }
}

/** The trigger that stands for a change of an object. */
export function triggerOf(resource: ResourceRef, object: Stored<KubeObject>): Trigger {
  return {
    kind: 'change',
    resource: groupResourceOf(resource),
    key: keyOf(object),
    resourceVersion: object.metadata.resourceVersion,
  }
}

function onNode({ state, queue }: Watched, change: Change<Node>): void {
  const { before, after } = change
  if (after) state.setNode(after)
  else state.removeNode(before.metadata.name)
  if (before && after && !nodeChanged(before, after)) return
  queue.onClusterEvent({ kind: 'node', ...change }, triggerOf(nodes, after ?? before))
}

function onNamespace({ queue }: Watched, change: Change<Namespace>): void {
  const { before, after } = change
  if (deepEqual(before?.metadata.labels, after?.metadata.labels) && before && after) return
  queue.onClusterEvent({ kind: 'namespace', ...change }, triggerOf(namespaces, after ?? before))
}

/**
 * Pods are told apart by whether they have a node. Those that ended count as gone: they hold nothing
 * any more.
 */
function createPodHandler({ state, queue, schedulerName }: Watched) {
  const seen = new Map<string, PodInfo>()

  const bound = (before: PodInfo | undefined, after: PodInfo, trigger: Trigger) => {
    queue.delete(after.uid)
    state.nominate(after, undefined)
    state.setPod(after, after.pod.spec?.nodeName ?? '')
    const wasBound = before && isBound(before)
    if (wasBound && !isOfInterest(before, after)) return
    queue.onClusterEvent({ kind: 'pod', ...(wasBound ? { before } : {}), after }, trigger)
  }
  const waiting = (before: PodInfo | undefined, after: PodInfo, trigger: Trigger) => {
    if ((after.pod.spec?.schedulerName ?? schedulerName) !== schedulerName) return
    // While it is being bound its own changes do not matter: the outcome will tell.
    if (state.isAssumed(after.uid)) return
    state.nominate(after, after.pod.status?.nominatedNodeName || undefined)
    if (before) queue.update(before, after, trigger)
    else queue.add(after, trigger)
  }
  const gone = (before: PodInfo, trigger: Trigger) => {
    queue.delete(before.uid)
    state.nominate(before, undefined)
    state.removePod(before.uid)
    const heldRoom = isBound(before) || before.pod.status?.nominatedNodeName
    if (heldRoom) queue.onClusterEvent({ kind: 'pod', before }, trigger)
  }

  const apply = (old: Stored<Pod> | undefined, pod: Stored<Pod> | undefined) => {
    const before = old && seen.get(old.metadata.uid)
    const latest = pod ?? old
    if (!latest) return
    const trigger = triggerOf(pods, latest)
    if (!pod || isPodTerminal(pod)) {
      seen.delete(latest.metadata.uid)
      if (before) gone(before, trigger)
      return
    }
    const after = podInfoOf(pod, before)
    seen.set(after.uid, after)
    if (isBound(after)) bound(before, after, trigger)
    else waiting(before, after, trigger)
  }

  return {
    onPod({ before, after }: Change<Pod>) {
      // A relist may show a new pod of an old name as one change.
      if (before && after && before.metadata.uid !== after.metadata.uid) {
        apply(before, undefined)
        apply(undefined, after)
      } else apply(before, after)
    },
    findWaiting(uid: string) {
      const info = seen.get(uid)
      return info && !isBound(info) ? info : undefined
    },
  }
}

function isBound({ pod }: PodInfo): boolean {
  return !!pod.spec?.nodeName
}

/** Changes of bound pods that may help others: labels, or asking for less. */
function isOfInterest(before: PodInfo, after: PodInfo): boolean {
  return !deepEqual(before.labels, after.labels) || !sameRequest(before, after)
}

function sameRequest({ request: a }: PodInfo, { request: b }: PodInfo): boolean {
  return (
    a.milliCpu === b.milliCpu &&
    a.memory === b.memory &&
    a.ephemeralStorage === b.ephemeralStorage &&
    deepEqual([...a.scalars], [...b.scalars])
  )
}
