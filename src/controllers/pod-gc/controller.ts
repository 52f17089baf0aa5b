import { isPodTerminal, type Node, nodes, type Pod, pods } from '#api'
import type { Informer } from '#client'
import { messageOf } from '#lib'
import { keyOf } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { Controller, ControllerContext, ControllerLoop } from '../runner/controller.ts'
import { disruptionCondition } from '../shared/disrupt-pod.ts'
import { findGarbage, type Garbage } from './plan.ts'

/** kube-controller-manager's terminated-pod-gc-threshold. */
const terminatedThreshold = 12_500
const periodMs = 20_000
/** How long a node must be missing before its pods count as orphaned (upstream: quarantineTime). */
const quarantineMs = 40_000

/** Removes pods that nobody will finish (upstream: podgc). */
export const podGarbageCollector: Controller = {
  name: 'pod-gc',
  eventSource: 'pod-garbage-collector',
  workers: 0,
  permissions: [
    { apiGroups: [''], resources: ['pods'], verbs: ['delete', 'get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
  ],
  start,
}

interface Caches {
  readonly pods: Informer<Pod>
  readonly nodes: Informer<Node>
}

function start(context: ControllerContext): ControllerLoop {
  const cache: Caches = {
    pods: context.informers.informer(pods),
    nodes: context.informers.informer(nodes),
  }
  return {
    watches: [],
    reconcile: async () => undefined,
    background: (background, signal) => collect(cache, background, signal),
  }
}

async function collect(
  cache: Caches,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const missingSince = new Map<string, number>()
  await cache.pods.whenSynced(signal)
  await cache.nodes.whenSynced(signal)
  while (!signal.aborted) {
    const missingNodes = await quarantined(cache, missingSince, context)
    const existing = new Map(cache.nodes.list().map((node) => [node.metadata.name, node]))
    const garbage = findGarbage({
      pods: cache.pods.list(),
      nodes: existing,
      missingNodes,
      terminatedThreshold,
    })
    for (const each of garbage) await remove(each, context)
    await context.clock.sleep(periodMs, signal)
  }
}

/** Nodes that have been missing for the whole quarantine and that the API, asked directly, has not. */
async function quarantined(
  cache: Caches,
  missingSince: Map<string, number>,
  { client, clock }: ControllerContext,
): Promise<ReadonlySet<string>> {
  const nowMs = clock.monotonicMs()
  const used = new Set(cache.pods.list().map(({ spec }) => spec?.nodeName ?? ''))
  used.delete('')
  for (const name of missingSince.keys()) {
    if (!used.has(name) || cache.nodes.get(name)) missingSince.delete(name)
  }
  for (const name of used) {
    if (!cache.nodes.get(name) && !missingSince.has(name)) missingSince.set(name, nowMs)
  }
  const gone = new Set<string>()
  for (const [name, sinceMs] of missingSince) {
    if (nowMs - sinceMs < quarantineMs) continue
    const exists = await client.get(nodes, { name }).then(
      () => true,
      (error) => !isNotFound(error),
    )
    if (!exists) gone.add(name)
  }
  return gone
}

async function remove(
  { pod, reason }: Garbage,
  { client, clock, log }: ControllerContext,
): Promise<void> {
  try {
    if (!isPodTerminal(pod)) {
      const conditions =
        reason === 'orphaned' ? [disruptionCondition(orphaned, clock.wallMs())] : []
      const patch = {
        metadata: { uid: pod.metadata.uid },
        status: { phase: 'Failed', ...(conditions.length > 0 ? { conditions } : {}) },
      }
      await client.patch(
        pods,
        pod.metadata,
        { kind: 'strategic', patch },
        { subresource: 'status' },
      )
    }
    const preconditions = { uid: pod.metadata.uid }
    await client.delete(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions })
  } catch (error) {
    if (isNotFound(error)) return
    log.warn('cannot remove a pod', { pod: keyOf(pod), reason, error: messageOf(error) })
  }
}

const orphaned = {
  reason: 'DeletionByPodGC',
  message: 'PodGC: node no longer exists',
} as const
