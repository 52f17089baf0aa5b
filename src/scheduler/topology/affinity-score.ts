import {
  type AffinityTerm,
  termKey,
  termMatches,
  type WeightedTerm,
} from '../model/affinity-term.ts'
import { type Load, type NodeInfo, remembered } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { type Cycle, maxNodeScore, type Scorer } from '../plugin.ts'
import { resolveTerm } from './resolve-terms.ts'
import { createTopologyCounts, type TopologyCounts } from './topology-counts.ts'

/** What a required affinity of another pod for this one weighs (upstream's default). */
const hardAffinityWeight = 1

/** Scores nodes by the preferred terms of the pod, and of the others towards it. */
export function affinityScorer(cycle: Cycle): Scorer | undefined {
  const { pod, snapshot } = cycle
  const sums = createTopologyCounts()
  const prefers = [
    ...signed(pod.preferredAffinity, 1),
    ...signed(pod.preferredAntiAffinity, -1),
  ].map(({ weight, term }) => ({ weight, term: resolveTerm(term, snapshot.cluster) }))
  for (const preference of prefers) addPreference(preference, snapshot.nodes, sums)
  addOthers(cycle, sums)
  if (sums.size === 0) return undefined
  return { score: (node) => sums.totalAt(node), normalize }
}

function signed(terms: readonly WeightedTerm[], sign: 1 | -1): readonly WeightedTerm[] {
  return terms.map(({ weight, term }) => ({ weight: sign * weight, term }))
}

function addPreference(
  { weight, term }: WeightedTerm,
  nodes: readonly NodeInfo[],
  sums: TopologyCounts,
): void {
  const key = `one|${termKey(term)}`
  for (const node of nodes) {
    if (node.load.pods.length === 0) continue
    const count = remembered(node.load, key, ({ pods }) =>
      pods.reduce((sum, other) => sum + (termMatches(term, other, {}) ? 1 : 0), 0),
    )
    sums.add(node, term.topologyKey, count * weight)
  }
}

function addOthers({ pod, snapshot }: Cycle, sums: TopologyCounts): void {
  const namespaceLabels = snapshot.cluster.namespaceLabels(pod.namespace)
  const isAboutUs = (term: AffinityTerm) => termMatches(term, pod, namespaceLabels)
  const key = `liked|${pod.namespace}|${JSON.stringify([pod.labels, namespaceLabels])}`
  for (const node of snapshot.nodes) {
    if (node.load.podsWithAffinity.length === 0) continue
    const liked = remembered(node.load, key, (load) => likings(load, isAboutUs))
    for (const [topologyKey, weight] of liked) sums.add(node, topologyKey, weight)
  }
}

/** What the pods of a node say about the incoming one: topology key and weight. */
function likings(
  { podsWithAffinity }: Load,
  isAboutUs: (term: AffinityTerm) => boolean,
): readonly (readonly [string, number])[] {
  return podsWithAffinity.flatMap((other: PodInfo) =>
    [
      ...other.affinity.map((term) => ({ weight: hardAffinityWeight, term })),
      ...signed(other.preferredAffinity, 1),
      ...signed(other.preferredAntiAffinity, -1),
    ]
      .filter(({ term }) => isAboutUs(term))
      .map(({ weight, term }) => [term.topologyKey, weight] as const),
  )
}

function normalize(scores: readonly number[]): readonly number[] {
  const least = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (most === least) return scores.map(() => 0)
  return scores.map((score) => Math.trunc((maxNodeScore * (score - least)) / (most - least)))
}
