import type { Cycle, NodeFilter, PluginRejection, PodChanges } from '../framework/plugin.ts'
import type { NodeInfo } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { hardConstraints, hasAllKeys, type SpreadConstraint } from './constraints.ts'

interface Domains {
  readonly constraint: SpreadConstraint
  /** Matching pods per value of the topology key, over the nodes that count. */
  readonly counts: ReadonlyMap<string, number>
  readonly least: number
}

/** Admits a node when no constraint's skew would grow beyond its limit there. */
export function hardSpreadFilter(
  cycle: Cycle,
  rejections: { readonly tooSkewed: PluginRejection; readonly missingLabel: PluginRejection },
): NodeFilter | undefined {
  const constraints = hardConstraints(cycle)
  if (constraints.length === 0) return undefined
  const eligible = cycle.snapshot.nodes.filter((node) => hasAllKeys(node, constraints))
  const all = constraints.map((constraint) => countDomains(constraint, eligible))
  return (node, trial) => {
    for (const domains of all) {
      const { topologyKey, maxSkew, self } = domains.constraint
      const value = node.labels[topologyKey]
      if (value === undefined) return rejections.missingLabel
      const { count, least } = inTrial(domains, node, value, trial)
      if (count + self - least > maxSkew) return rejections.tooSkewed
    }
    return undefined
  }
}

function countDomains(constraint: SpreadConstraint, nodes: readonly NodeInfo[]): Domains {
  const counts = new Map<string, number>()
  for (const node of nodes) {
    if (!constraint.includes(node)) continue
    const value = node.labels[constraint.topologyKey] ?? ''
    counts.set(value, (counts.get(value) ?? 0) + constraint.countOn(node))
  }
  return { constraint, counts, least: leastOf(constraint, counts) }
}

/** With fewer domains than wanted the least counts as zero, so that new domains come into use. */
function leastOf(constraint: SpreadConstraint, counts: ReadonlyMap<string, number>): number {
  if (counts.size < constraint.minDomains) return 0
  let least = Number.POSITIVE_INFINITY
  for (const count of counts.values()) least = Math.min(least, count)
  return least
}

function inTrial(domains: Domains, node: NodeInfo, value: string, trial: PodChanges) {
  const { constraint, counts, least } = domains
  const count = counts.get(value) ?? 0
  const change = matching(constraint, trial.added) - matching(constraint, trial.removed)
  if (change === 0 || !constraint.includes(node)) return { count, least }
  const changed = new Map(counts).set(value, count + change)
  return { count: count + change, least: leastOf(constraint, changed) }
}

function matching({ matches }: SpreadConstraint, pods: readonly PodInfo[]): number {
  return pods.reduce((count, pod) => count + (matches(pod) ? 1 : 0), 0)
}
