import type { Pod } from '#api'
import type { Stored } from '#machinery'
import { nodeShouldRunDaemonPod } from './nodes.ts'
import {
  hashLabel,
  isAvailablePod,
  isLeaving,
  type NodePods,
  type Observed,
  type Plan,
  type UpdateLimits,
  updateLimits,
} from './observed.ts'

/** What an update finds on a node. */
interface UpdatedNode {
  readonly name: string
  readonly newPod?: Stored<Pod> | undefined
  readonly oldPod?: Stored<Pod> | undefined
  /** More than one pod of either kind: the node waits until the surplus is gone. */
  readonly isCrowded: boolean
}

/**
 * Plans the next step of a rolling update (upstream: rollingUpdate). It visits every node that has a pod
 * of the DaemonSet, also one that should have none any more or that is dead: pods there count.
 */
export function planRollingUpdate(observed: Observed, byNode: NodePods): Plan {
  const { daemonSet, nodes } = observed
  const limits = updateLimits(observed)
  const wanted = nodes
    .filter((node) => nodeShouldRunDaemonPod(daemonSet, node).shouldRun)
    .map(({ metadata }) => metadata.name)
  const names = [...new Set([...nodes.map(({ metadata }) => metadata.name), ...byNode.keys()])]
  const updated = names
    .filter((name) => byNode.has(name) || wanted.includes(name))
    .map((name) => updatedNode(observed, name, byNode.get(name) ?? []))
  return limits.maxSurge === 0
    ? replaceInPlace(observed, updated, limits)
    : surge(observed, updated, { limits, wanted: new Set(wanted) })
}

/** Upstream: findUpdatedPodsOnNode. */
function updatedNode({ hash }: Observed, name: string, pods: readonly Stored<Pod>[]): UpdatedNode {
  const notLeaving = pods.filter((pod) => !isLeaving(pod))
  const isNew = ({ metadata }: Stored<Pod>) => metadata.labels?.[hashLabel] === hash
  const newPods = notLeaving.filter(isNew)
  const oldPods = notLeaving.filter((pod) => !isNew(pod))
  const isCrowded = newPods.length > 1 || oldPods.length > 1
  return { name, newPod: newPods[0], oldPod: oldPods[0], isCrowded }
}

/** Without a surge old pods are deleted as far as the limit allows: those that are unavailable anyway at once. */
function replaceInPlace(
  observed: Observed,
  nodes: readonly UpdatedNode[],
  { maxUnavailable }: UpdateLimits,
): Plan {
  const replaced: Stored<Pod>[] = []
  const candidates: Stored<Pod>[] = []
  let unavailable = 0
  for (const { newPod, oldPod, isCrowded } of nodes) {
    if (isCrowded || (oldPod === undefined) === (newPod === undefined)) unavailable++
    else if (newPod) unavailable += isAvailablePod(observed, newPod) ? 0 : 1
    else if (oldPod && !isAvailablePod(observed, oldPod)) {
      replaced.push(oldPod)
      unavailable++
    } else if (oldPod) candidates.push(oldPod)
  }
  const remaining = Math.max(0, maxUnavailable - unavailable)
  const remove = [...replaced, ...candidates.slice(0, remaining)].map((pod) => ({ pod }))
  return { create: [], remove }
}

/** With a surge a new pod comes beside the old one, which goes when the new one is available. */
function surge(
  observed: Observed,
  nodes: readonly UpdatedNode[],
  { limits, wanted }: { readonly limits: UpdateLimits; readonly wanted: ReadonlySet<string> },
): Plan {
  const isUp = (pod: Stored<Pod> | undefined) => pod !== undefined && isAvailablePod(observed, pod)
  const remove: Stored<Pod>[] = []
  const unwanted: Stored<Pod>[] = []
  const atOnce: string[] = []
  const candidates: string[] = []
  let surging = nodes.filter(({ isCrowded }) => isCrowded).length
  const clear = nodes.filter(({ isCrowded }) => !isCrowded)
  for (const { name, newPod, oldPod } of clear) {
    if (!oldPod) continue
    if (newPod) {
      if (isUp(newPod)) remove.push(oldPod)
      else surging++
    } else if (isUp(oldPod)) {
      if (wanted.has(name)) candidates.push(name)
      else unwanted.push(oldPod)
    } else if (wanted.has(name)) atOnce.push(name)
    else remove.push(oldPod)
  }
  // Whoever surges expects all pods to be available: what stands on nodes that are not wanted any more
  // goes only as others have come.
  const available = clear.filter(({ newPod, oldPod }) => isUp(oldPod ?? newPod)).length
  const deletable = Math.max(0, available - limits.desired)
  const remaining = Math.max(0, limits.maxSurge - surging)
  return {
    create: [...atOnce, ...candidates.slice(0, remaining)],
    remove: [...remove, ...unwanted.slice(0, deletable)].map((pod) => ({ pod })),
  }
}
