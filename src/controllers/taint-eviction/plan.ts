import { type Node, type Pod, type Taint, toleratesTaint } from '#api'
import type { Stored } from '#machinery'

/** When a pod has to leave its node because of NoExecute taints. */
export type TaintDecision =
  | { readonly kind: 'stay' }
  | { readonly kind: 'leave'; readonly atMs: number }

/**
 * Judges one pod (upstream: processPodOnNode): an untolerated taint means now; else the shortest
 * tolerationSeconds of the tolerations in use, counted from `sinceMs`; without any of them, never.
 */
export function judgePod(pod: Stored<Pod>, node: Node | undefined, sinceMs: number): TaintDecision {
  const taints = noExecuteTaints(node)
  if (taints.length === 0) return { kind: 'stay' }
  const seconds: number[] = []
  for (const taint of taints) {
    const used = (pod.spec?.tolerations ?? []).find((toleration) =>
      toleratesTaint(toleration, taint),
    )
    if (!used) return { kind: 'leave', atMs: Number.NEGATIVE_INFINITY }
    if (used.tolerationSeconds !== undefined) seconds.push(used.tolerationSeconds)
  }
  if (seconds.length === 0) return { kind: 'stay' }
  const shortest = Math.min(...seconds)
  if (shortest <= 0) return { kind: 'leave', atMs: Number.NEGATIVE_INFINITY }
  return { kind: 'leave', atMs: sinceMs + shortest * 1000 }
}

export function noExecuteTaints(node: Node | undefined): readonly Taint[] {
  return (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
}

/**
 * Since when the pod stands on a tainted node, as far as the API remembers: since the taint came, or
 * since the pod did. Upstream counts from when it first sees both, which is the same while it runs.
 */
export function exposedSinceMs(pod: Stored<Pod>, node: Node | undefined): number | undefined {
  const times = noExecuteTaints(node)
    .map(({ timeAdded }) => Date.parse(timeAdded ?? ''))
    .filter((ms) => !Number.isNaN(ms))
  if (times.length === 0) return undefined
  return Math.max(Math.min(...times), boundMs(pod))
}

function boundMs({ metadata, status }: Stored<Pod>): number {
  const bound = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  return Date.parse(bound?.lastTransitionTime ?? metadata.creationTimestamp) || 0
}
