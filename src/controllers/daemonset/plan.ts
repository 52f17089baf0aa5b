import { isPodReady, isPodTerminal, type Node, type Pod } from '#api'
import type { Stored } from '#machinery'
import { nodeShouldRunDaemonPod } from './nodes.ts'
import {
  hashLabel,
  isAvailablePod,
  isLeaving,
  type NodePods,
  type Observed,
  oldestFirst,
  type Plan,
  podsByNode,
  type Removal,
  updateLimits,
} from './observed.ts'
import { planRollingUpdate } from './rolling-update.ts'

/** Plans one daemon per suitable node, and then the next step of a rolling update (upstream: manage). */
export function planDaemons(observed: Observed): Plan {
  const { daemonSet, nodes, pods } = observed
  if (daemonSet.metadata.deletionTimestamp) return { create: [], remove: [] }
  const byNode = podsByNode(pods)
  const plans = nodes.map((node) => planNode(observed, node, byNode.get(node.metadata.name)))
  const create = plans.flatMap((plan) => plan.create)
  const remove = [...plans.flatMap((plan) => plan.remove), ...unscheduledWithoutNode(nodes, byNode)]
  const delays = plans.flatMap(({ againInMs }) => againInMs ?? [])
  const again = delays.length > 0 ? { againInMs: Math.min(...delays) } : {}
  if (create.length + remove.length > 0) return { create, remove, ...again }
  const strategy = daemonSet.spec?.updateStrategy?.type ?? 'RollingUpdate'
  if (strategy !== 'RollingUpdate') return { create, remove, ...again }
  return { ...planRollingUpdate(observed, byNode), ...again }
}

const nothing: Plan = { create: [], remove: [] }

/** Plans one node (upstream: podsShouldBeOnNode); `pods` is undefined where it has none. */
function planNode(
  observed: Observed,
  node: Stored<Node>,
  pods: readonly Stored<Pod>[] | undefined,
): Plan {
  const { daemonSet, failedPodDelayMs } = observed
  const { name } = node.metadata
  const { shouldRun, shouldContinueRunning } = nodeShouldRunDaemonPod(daemonSet, node)
  const notLeaving = (pods ?? []).filter((pod) => !isLeaving(pod))
  if (!pods) return shouldRun ? { create: [name], remove: [] } : nothing
  if (!shouldContinueRunning) return { create: [], remove: notLeaving.map((pod) => ({ pod })) }
  const failed = notLeaving.filter(({ status }) => status?.phase === 'Failed')
  const delayMs = failed.length > 0 ? failedPodDelayMs(name) : 0
  const running = notLeaving.filter((pod) => !isPodTerminal(pod)).toSorted(oldestFirst)
  const needsPod = shouldRun && running.length === 0 && updateLimits(observed).maxSurge > 0
  return {
    create: needsPod ? [name] : [],
    remove: [
      ...(delayMs > 0 ? [] : failed.map((pod) => ({ pod, ended: 'Failed' as const }))),
      ...notLeaving
        .filter(({ status }) => status?.phase === 'Succeeded')
        .map((pod) => ({ pod, ended: 'Succeeded' as const })),
      ...surplus(observed, running).map((pod) => ({ pod })),
    ],
    ...(delayMs > 0 ? { againInMs: delayMs } : {}),
  }
}

/**
 * The running pods of a node that are too many: all but the oldest, or, while an update surges, all but
 * the oldest of the new and of the old template. Of these two the old one goes when it is not ready any
 * more, or when the new one is available.
 */
function surplus(observed: Observed, running: readonly Stored<Pod>[]): readonly Stored<Pod>[] {
  if (updateLimits(observed).maxSurge === 0) return running.slice(1)
  const isNew = ({ metadata }: Stored<Pod>) => metadata.labels?.[hashLabel] === observed.hash
  const newest = running.find(isNew)
  const old = running.find((pod) => !isNew(pod))
  const others = running.filter((pod) => pod !== newest && pod !== old)
  if (!newest || !old) return others
  const isReplaced = !isPodReady(old) || isAvailablePod(observed, newest)
  return isReplaced ? [...others, old] : others
}

/** Pods for nodes that are gone, which nobody else removes before they are bound. */
function unscheduledWithoutNode(
  nodes: readonly Stored<Node>[],
  byNode: NodePods,
): readonly Removal[] {
  const known = new Set(nodes.map(({ metadata }) => metadata.name))
  return [...byNode]
    .filter(([name]) => !known.has(name))
    .flatMap(([, pods]) => pods.filter((pod) => !pod.spec?.nodeName && !isLeaving(pod)))
    .map((pod) => ({ pod }))
}
