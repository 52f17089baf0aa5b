import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import { type NodeFilter, type PluginRejection, unresolvable } from '../framework/plugin.ts'
import { type NodeInfo, withoutPod, withPod } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import type { ClusterView } from '../model/snapshot.ts'
import { moreImportant } from './importance.ts'

/** A node on which the pod would fit once the victims are gone. */
export interface PreemptionCandidate {
  readonly node: string
  /** Most important first; never empty. */
  readonly victims: readonly PodInfo[]
  /** Victims that a disruption budget would have spared. */
  readonly violations: number
}

export interface DryRun {
  readonly preemptor: PodInfo
  readonly filterNode: NodeFilter
  readonly cluster: Pick<ClusterView, 'disruptionBudgets'>
  readonly nowMs: number
  readonly plugin: string
}

export type DryRunResult =
  | { readonly kind: 'candidate'; readonly candidate: PreemptionCandidate }
  | { readonly kind: 'rejection'; readonly rejection: PluginRejection }

/**
 * The fewest, least important pods whose removal makes room: all of lower priority are taken away,
 * then given back from the most important on for as long as the preemptor still fits.
 */
export function dryRun(run: DryRun, node: NodeInfo): DryRunResult {
  const potential = node.load.pods
    .filter((pod) => pod.priority < run.preemptor.priority)
    .toSorted((a, b) => moreImportant(a, b, run.nowMs))
  if (potential.length === 0) {
    const reason = 'No preemption victims found for incoming pod'
    return { kind: 'rejection', rejection: unresolvable(run.plugin, reason) }
  }
  let load = potential.reduce((rest, pod) => withoutPod(rest, pod.uid), node.load)
  let removed = new Set(potential)
  const refusal = run.filterNode({ ...node, load }, { added: [], removed: [...removed] })
  if (refusal) return { kind: 'rejection', rejection: refusal }
  const [violating, others] = splitByBudgets(potential, run.cluster)
  const kept = (pod: PodInfo) => {
    const withIt = withPod(load, pod)
    const without = new Set(removed)
    without.delete(pod)
    if (run.filterNode({ ...node, load: withIt }, { added: [], removed: [...without] }))
      return false
    load = withIt
    removed = without
    return true
  }
  const violations = violating.filter((pod) => !kept(pod)).length
  for (const pod of others) kept(pod)
  const victims = potential.filter((pod) => removed.has(pod))
  if (victims.length === 0)
    throw new Error(`expected at least one victim pod on node "${node.name}"`)
  return { kind: 'candidate', candidate: { node: node.name, victims, violations } }
}

/** Those whose eviction breaks a PodDisruptionBudget, and the rest; the order is kept. */
function splitByBudgets(
  pods: readonly PodInfo[],
  cluster: DryRun['cluster'],
): readonly [readonly PodInfo[], readonly PodInfo[]] {
  const left = new Map<string, number>()
  const breaks = (pod: PodInfo) => {
    let broken = false
    if (Object.keys(pod.labels).length === 0) return broken
    for (const budget of cluster.disruptionBudgets(pod.namespace)) {
      const selector = selectorFromObject(budget.spec?.selector)
      if (selector.requirements.length === 0 || !matchesLabels(selector, pod.labels)) continue
      if (budget.status?.disruptedPods?.[pod.pod.metadata.name]) continue
      const { uid } = budget.metadata
      const allowed = (left.get(uid) ?? budget.status?.disruptionsAllowed ?? 0) - 1
      left.set(uid, allowed)
      if (allowed < 0) broken = true
    }
    return broken
  }
  const violating = new Set(pods.filter(breaks))
  return [[...violating], pods.filter((pod) => !violating.has(pod))]
}
