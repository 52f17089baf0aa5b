import { type Node, nodes, type Pod, pods } from '#api'
import { keyOf, type Stored } from '#machinery'
import {
  type Controller,
  type ControllerContext,
  type ControllerLoop,
  type ReconcileContext,
  watching,
} from '../runner/controller.ts'
import { disruptPod } from '../shared/disrupt-pod.ts'
import { exposedSinceMs, judgePod, noExecuteTaints } from './plan.ts'

const podsByNode = 'nodeName'

/** Deletes pods from nodes whose NoExecute taints they do not tolerate (upstream: tainteviction). */
export const taintEvictionController: Controller = {
  name: 'taint-eviction',
  eventSource: 'taint-eviction-controller',
  workers: 8,
  permissions: [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['delete', 'get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
  start,
}

/** A running timer: upstream keeps it, whatever is evaluated later, until the taints are gone. */
interface Scheduled {
  readonly uid: string
  readonly sinceMs: number
  readonly atMs: number
}

function start(context: ControllerContext): ControllerLoop {
  const cache = {
    nodes: context.informers.informer(nodes),
    pods: context.informers.informer(pods, {
      indexes: { [podsByNode]: ({ spec }) => (spec?.nodeName ? [spec.nodeName] : []) },
    }),
  }
  const scheduled = new Map<string, Scheduled>()

  return {
    watches: [
      watching(pods, (pod) => (pod.spec?.nodeName ? [keyOf(pod)] : [])),
      watching(nodes, (node, { before, after }) => {
        const tainted = [before, after].some((each) => noExecuteTaints(each).length > 0)
        return tainted ? cache.pods.by(podsByNode, node.metadata.name).map(keyOf) : []
      }),
    ],
    async reconcile(key, reconcile) {
      const pod = cache.pods.get(key)
      const held = scheduled.get(key)
      const timer = held?.uid === pod?.metadata.uid ? held : undefined
      scheduled.delete(key)
      if (!pod || pod.metadata.deletionTimestamp) return undefined
      const nowMs = reconcile.clock.wallMs()
      const next = decide(pod, cache.nodes.get(pod.spec?.nodeName ?? ''), timer, nowMs)
      if (!next) {
        if (timer) recordEvent(pod, 'Cancelling deletion of', reconcile)
        return undefined
      }
      if (next.atMs <= nowMs) {
        await evict(pod, reconcile)
        return undefined
      }
      scheduled.set(key, next)
      return { againInMs: next.atMs - nowMs }
    },
  }
}

/** When the pod must go; a running timer keeps its instant unless the pod must go at once. */
function decide(
  pod: Stored<Pod>,
  node: Stored<Node> | undefined,
  timer: Scheduled | undefined,
  nowMs: number,
): Scheduled | undefined {
  const sinceMs = timer?.sinceMs ?? Math.min(nowMs, exposedSinceMs(pod, node) ?? nowMs)
  const verdict = judgePod(pod, node, sinceMs)
  if (verdict.kind === 'stay') return undefined
  const atMs = verdict.atMs <= nowMs ? verdict.atMs : (timer?.atMs ?? verdict.atMs)
  return { uid: pod.metadata.uid, sinceMs, atMs }
}

function recordEvent(pod: Stored<Pod>, what: string, { events }: ReconcileContext): void {
  const message = `${what} Pod ${keyOf(pod)}`
  events.event(pod, { type: 'Normal', reason: 'TaintManagerEviction', message })
}

async function evict(pod: Stored<Pod>, context: ReconcileContext): Promise<void> {
  recordEvent(pod, 'Marking for deletion', context)
  await disruptPod(pod, disruption, context)
}

const disruption = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
} as const
