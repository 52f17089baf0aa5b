import { type Cycle, maxNodeScore, type Scorer } from '../framework/plugin.ts'
import {
  type AffinityTerm,
  termKey,
  termMatches,
  type WeightedTerm,
} from '../model/affinity-term.ts'
import { type Contribution, countOf, countQuery } from '../model/aggregate.ts'
import type { PodInfo } from '../model/pod-info.ts'
import type { Snapshot } from '../model/snapshot.ts'
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
  for (const preference of prefers) addPreference(preference, snapshot, sums)
  addOthers(cycle, sums)
  if (sums.size === 0) return undefined
  return { score: (node) => sums.totalAt(node), normalize }
}

function signed(terms: readonly WeightedTerm[], sign: 1 | -1): readonly WeightedTerm[] {
  return terms.map(({ weight, term }) => ({ weight: sign * weight, term }))
}

function addPreference(
  { weight, term }: WeightedTerm,
  snapshot: Snapshot,
  sums: TopologyCounts,
): void {
  const query = countQuery(`one|${termKey(term)}`, (other) => termMatches(term, other, {}))
  const countOn = countOf(snapshot.aggregate(query))
  sums.addAll(snapshot.nodes, term.topologyKey, (node) => weight * countOn(node))
}

/** What the pods that are there say about the incoming one. */
function addOthers({ pod, snapshot }: Cycle, sums: TopologyCounts): void {
  const namespaceLabels = snapshot.cluster.namespaceLabels(pod.namespace)
  const isAboutUs = (term: AffinityTerm) => termMatches(term, pod, namespaceLabels)
  const text = `liked|${pod.namespace}|${JSON.stringify([pod.labels, namespaceLabels])}`
  const contributionsOf = (other: PodInfo) => likings(other, isAboutUs)
  const aggregate = snapshot.aggregate({ text, pods: 'with-affinity', contributionsOf })
  for (const [topologyKey, amounts] of aggregate) {
    sums.addAll(snapshot.nodes, topologyKey, ({ slot }) => amounts[slot] ?? 0)
  }
}

function likings(
  other: PodInfo,
  isAboutUs: (term: AffinityTerm) => boolean,
): readonly Contribution[] {
  return [
    ...other.affinity.map((term) => ({ weight: hardAffinityWeight, term })),
    ...signed(other.preferredAffinity, 1),
    ...signed(other.preferredAntiAffinity, -1),
  ]
    .filter(({ term }) => isAboutUs(term))
    .map(({ weight, term }) => ({ key: term.topologyKey, amount: weight }))
}

function normalize(scores: readonly number[]): readonly number[] {
  const least = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (most === least) return scores.map(() => 0)
  return scores.map((score) => Math.trunc((maxNodeScore * (score - least)) / (most - least)))
}
