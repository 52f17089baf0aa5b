import { type Cycle, maxNodeScore, type Scorer } from '../framework/plugin.ts'
import type { NodeInfo } from '../model/node-info.ts'
import { hasAllKeys, hostnameLabel, type SpreadConstraint, softConstraints } from './constraints.ts'

interface Weighted {
  readonly constraint: SpreadConstraint
  /** Gives topologies with more domains more say. */
  readonly weight: number
  /** Undefined for the hostname, whose domains are the nodes themselves. */
  readonly counts: ReadonlyMap<string, number> | undefined
}

/** Scores nodes by how few matching pods their domains hold. */
export function softSpreadScorer(cycle: Cycle, feasible: readonly NodeInfo[]): Scorer | undefined {
  const { constraints, requireAllKeys } = softConstraints(cycle)
  if (constraints.length === 0) return undefined
  const takesPart = (node: NodeInfo) => !requireAllKeys || hasAllKeys(node, constraints)
  const scored = feasible.filter(takesPart)
  const candidates = cycle.snapshot.nodes.filter(takesPart)
  const weighted = constraints.map((constraint) => weigh(constraint, scored, candidates))
  return {
    score: (node) => (takesPart(node) ? scoreOf(node, weighted) : 0),
    normalize: (scores) => normalize(scores, feasible.map(takesPart)),
  }
}

function weigh(
  constraint: SpreadConstraint,
  scored: readonly NodeInfo[],
  candidates: readonly NodeInfo[],
): Weighted {
  const { topologyKey } = constraint
  if (topologyKey === hostnameLabel) {
    return { constraint, weight: Math.log(scored.length + 2), counts: undefined }
  }
  const counts = new Map<string, number>()
  for (const { labels } of scored) {
    const value = labels[topologyKey]
    if (value !== undefined) counts.set(value, 0)
  }
  const weight = Math.log(counts.size + 2)
  for (const node of candidates) {
    const value = node.labels[topologyKey]
    const count = value === undefined ? undefined : counts.get(value)
    if (value === undefined || count === undefined || !constraint.includes(node)) continue
    counts.set(value, count + constraint.countOn(node))
  }
  return { constraint, weight, counts }
}

function scoreOf(node: NodeInfo, weighted: readonly Weighted[]): number {
  let score = 0
  for (const { constraint, weight, counts } of weighted) {
    const value = node.labels[constraint.topologyKey]
    if (value === undefined) continue
    const count = counts ? (counts.get(value) ?? 0) : constraint.countOn(node)
    score += count * weight + (constraint.maxSkew - 1)
  }
  return Math.round(score)
}

/** The fuller the domain, the lower the score; nodes that take no part get none. */
function normalize(scores: readonly number[], takesPart: readonly boolean[]): readonly number[] {
  let least = Number.POSITIVE_INFINITY
  let most = 0
  for (const [i, score] of scores.entries()) {
    if (!takesPart[i]) continue
    least = Math.min(least, score)
    most = Math.max(most, score)
  }
  return scores.map((score, i) => {
    if (!takesPart[i]) return 0
    if (most === 0) return maxNodeScore
    return Math.floor((maxNodeScore * (most + least - score)) / most)
  })
}
