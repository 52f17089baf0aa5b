import type { Cycle, NodeFilter, PluginRejection, PodChanges } from '../framework/plugin.ts'
import { type AffinityTerm, termKey, termMatches } from '../model/affinity-term.ts'
import { countOf, countQuery } from '../model/aggregate.ts'
import type { NodeInfo } from '../model/node-info.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { resolveTerms } from './resolve-terms.ts'
import { createTopologyCounts, type TopologyCounts } from './topology-counts.ts'

interface AffinityRules {
  readonly pod: PodInfo
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
  /** Terms of another pod that keep this one away. */
  readonly shunning: (other: PodInfo) => readonly AffinityTerm[]
}

/** How often required terms match pods, by topology: upstream's PreFilter state. */
interface AffinityCounts {
  readonly wanted: TopologyCounts
  readonly shunned: TopologyCounts
  readonly shunnedBy: TopologyCounts
}

type Rejections = Readonly<Record<'affinity' | 'antiAffinity' | 'others', PluginRejection>>

/** Judges nodes by the required terms of the pod and, for anti-affinity, of all pods there. */
export function affinityFilter(cycle: Cycle, rejections: Rejections): NodeFilter | undefined {
  const rules = rulesOf(cycle)
  const counts = countAll(rules, cycle)
  const hasTerms = rules.affinity.length > 0 || rules.antiAffinity.length > 0
  // Others' anti-affinity counts even when none matches now: a nominated pod may bring it.
  if (!hasTerms && counts.shunnedBy.size === 0 && cycle.snapshot.nominated.size === 0) {
    return undefined
  }
  return (node, trial) => {
    const now = inTrial(rules, counts, node, trial)
    if (!satisfiesAffinity(rules, now, node)) return rejections.affinity
    if (rules.antiAffinity.some(({ topologyKey }) => now.shunned.at(node, topologyKey) > 0)) {
      return rejections.antiAffinity
    }
    return now.shunnedBy.anyAt(node) ? rejections.others : undefined
  }
}

function rulesOf({ pod, snapshot: { cluster } }: Cycle): AffinityRules {
  const namespaceLabels = cluster.namespaceLabels(pod.namespace)
  return {
    pod,
    affinity: resolveTerms(pod.affinity, cluster),
    antiAffinity: resolveTerms(pod.antiAffinity, cluster),
    shunning: (other) =>
      other.antiAffinity.filter((term) => termMatches(term, pod, namespaceLabels)),
  }
}

function countAll(rules: AffinityRules, { pod, snapshot }: Cycle): AffinityCounts {
  const { nodes } = snapshot
  const wanted = createTopologyCounts()
  const shunned = createTopologyCounts()
  const shunnedBy = createTopologyCounts()
  if (rules.affinity.length > 0) {
    const text = `all|${rules.affinity.map(termKey).join('&')}`
    const query = countQuery(text, (other) => matchesAll(rules.affinity, other))
    const countOn = countOf(snapshot.aggregate(query))
    for (const { topologyKey } of rules.affinity) wanted.addAll(nodes, topologyKey, countOn)
  }
  for (const term of rules.antiAffinity) {
    const query = countQuery(`one|${termKey(term)}`, (other) => termMatches(term, other, {}))
    shunned.addAll(nodes, term.topologyKey, countOf(snapshot.aggregate(query)))
  }
  const text = `shun|${identityOf(pod)}|${JSON.stringify(snapshot.cluster.namespaceLabels(pod.namespace))}`
  const contributionsOf = (other: PodInfo) =>
    rules.shunning(other).map(({ topologyKey }) => ({ key: topologyKey, amount: 1 }))
  const aggregate = snapshot.aggregate({ text, pods: 'with-anti-affinity', contributionsOf })
  for (const [topologyKey, sums] of aggregate) {
    shunnedBy.addAll(nodes, topologyKey, ({ slot }) => sums[slot] ?? 0)
  }
  return { wanted, shunned, shunnedBy }
}

function identityOf({ namespace, labels }: PodInfo): string {
  return `${namespace}|${JSON.stringify(labels)}`
}

/** Namespaces are resolved by now, so their labels need no look. */
function matchesAll(terms: readonly AffinityTerm[], other: PodInfo): boolean {
  return terms.length > 0 && terms.every((term) => termMatches(term, other, {}))
}

function inTrial(
  rules: AffinityRules,
  counts: AffinityCounts,
  node: NodeInfo,
  trial: PodChanges,
): AffinityCounts {
  if (trial.added.length === 0 && trial.removed.length === 0) return counts
  const changed = {
    wanted: counts.wanted.copy(),
    shunned: counts.shunned.copy(),
    shunnedBy: counts.shunnedBy.copy(),
  }
  const apply = (other: PodInfo, sign: 1 | -1) => {
    if (matchesAll(rules.affinity, other)) {
      for (const { topologyKey } of rules.affinity) changed.wanted.add(node, topologyKey, sign)
    }
    for (const term of rules.antiAffinity) {
      if (termMatches(term, other, {})) changed.shunned.add(node, term.topologyKey, sign)
    }
    for (const { topologyKey } of rules.shunning(other)) {
      changed.shunnedBy.add(node, topologyKey, sign)
    }
  }
  for (const other of trial.added) apply(other, 1)
  for (const other of trial.removed) apply(other, -1)
  return changed
}

/**
 * Every term must find a pod in the node's domain. The first pod of a group that wants its own kind
 * near would never start, so it may go where the keys exist as long as nobody matches anywhere.
 */
function satisfiesAffinity(
  { affinity, pod }: AffinityRules,
  { wanted }: AffinityCounts,
  node: NodeInfo,
): boolean {
  if (affinity.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) return false
  if (affinity.every(({ topologyKey }) => wanted.at(node, topologyKey) > 0)) return true
  return wanted.size === 0 && matchesAll(affinity, pod)
}
