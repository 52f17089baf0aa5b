import {
  type DaemonSet,
  findUntoleratedTaint,
  type Node,
  type Pod,
  type PodTemplateSpec,
  type Toleration,
} from '#api'
import type { Stored } from '#machinery'
import { admitsNode } from '../shared/node-fit.ts'

/** Gives the tolerations by which daemons stay on nodes in trouble (upstream: AddOrUpdateDaemonPodTolerations). */
export function daemonTolerations(template: PodTemplateSpec): readonly Toleration[] {
  const taint = (name: string, effect: string): Toleration => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect,
  })
  return [
    taint('not-ready', 'NoExecute'),
    taint('unreachable', 'NoExecute'),
    taint('disk-pressure', 'NoSchedule'),
    taint('memory-pressure', 'NoSchedule'),
    taint('pid-pressure', 'NoSchedule'),
    taint('unschedulable', 'NoSchedule'),
    ...(template.spec?.hostNetwork ? [taint('network-unavailable', 'NoSchedule')] : []),
  ]
}

/** Says whether a node should get a daemon, and whether one that runs there may stay. */
export interface NodeDecision {
  readonly shouldRun: boolean
  readonly shouldContinueRunning: boolean
}

/** Decides about one node (upstream: NodeShouldRunDaemonPod). */
export function nodeShouldRunDaemonPod({ spec }: DaemonSet, node: Stored<Node>): NodeDecision {
  const template = spec?.template ?? {}
  if (!admitsNode(template.spec, node)) return { shouldRun: false, shouldContinueRunning: false }
  const tolerations = [...(template.spec?.tolerations ?? []), ...daemonTolerations(template)]
  const isTolerated = (...effects: readonly string[]) =>
    findUntoleratedTaint(node.spec?.taints, tolerations, effects) === undefined
  return {
    shouldRun: isTolerated('NoSchedule', 'NoExecute'),
    shouldContinueRunning: isTolerated('NoExecute'),
  }
}

/** Names the node of a pod: where it is bound, or the one its affinity names before that (upstream: GetTargetNodeName). */
export function targetNodeName({ spec }: Pod): string | undefined {
  if (spec?.nodeName) return spec.nodeName
  const terms =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return terms?.flatMap(({ matchFields = [] }) => matchFields.flatMap(({ values }) => values))[0]
}
