import type { Pod, PodTemplateSpec } from '#api'
import { isPodReady } from '#api'
import {
  controllerReference,
  type KubeObject,
  type ObjectMeta,
  type ResourceRef,
  type Stored,
} from '#machinery'

/** A pod from a controller's template, named by the API server (upstream: GetPodFromTemplate). */
export function podFromTemplate(
  owner: Stored<KubeObject>,
  kind: ResourceRef,
  template: PodTemplateSpec | undefined,
): Pod & { readonly metadata: ObjectMeta } {
  const { labels, annotations, finalizers } = template?.metadata ?? {}
  const { namespace, name } = owner.metadata
  return {
    metadata: {
      generateName: `${name}-`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner, kind)],
    },
    ...(template?.spec ? { spec: template.spec } : {}),
  }
}

/** Neither ended nor leaving. */
export function isActive({ metadata, status }: Stored<Pod>): boolean {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  return !ended && metadata.deletionTimestamp === undefined
}

/** Since when the pod is ready, in wall milliseconds; undefined while it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  if (!isPodReady(pod)) return undefined
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  return Date.parse(ready?.lastTransitionTime ?? '') || 0
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const sinceMs = readySinceMs(pod)
  if (sinceMs === undefined) return false
  return minReadySeconds === 0 || sinceMs + minReadySeconds * 1000 <= nowMs
}

const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost'
const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/**
 * Pods in the order in which they are to go (upstream: ActivePodsWithRanks): unscheduled, pending,
 * not ready, cheaper, on more crowded nodes, ready for less time, restarted more often, younger. UIDs
 * decide the rest. `crowding` is the number of related pods on the pod's node.
 */
export function inDeletionOrder(
  pods: readonly Stored<Pod>[],
  crowding: (pod: Stored<Pod>) => number,
  nowMs: number,
): readonly Stored<Pod>[] {
  const ageRank = (sinceMs: number) => Math.floor(Math.log2(Math.max(1, nowMs - sinceMs)))
  const ranked = pods.map((pod) => ({
    pod,
    ranks: [
      pod.spec?.nodeName ? 1 : 0,
      phaseRank[pod.status?.phase ?? 'Pending'] ?? 2,
      isPodReady(pod) ? 1 : 0,
      Number(pod.metadata.annotations?.[costAnnotation] ?? 0) || 0,
      -crowding(pod),
      ageRank(readySinceMs(pod) ?? nowMs),
      -restarts(pod),
      ageRank(Date.parse(pod.metadata.creationTimestamp)),
    ],
  }))
  return ranked.toSorted(byRanks).map(({ pod }) => pod)
}

interface Ranked {
  readonly pod: Stored<Pod>
  readonly ranks: readonly number[]
}

function byRanks(a: Ranked, b: Ranked): number {
  for (const [index, rank] of a.ranks.entries()) {
    const difference = rank - (b.ranks[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1
}

/** Restarts of regular containers and of sidecars, the most of either kind's containers. */
function restarts({ status }: Pod): number {
  const counts = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return Math.max(0, ...counts.map(({ restartCount }) => restartCount ?? 0))
}
