import { deepEqual } from '#machinery'
import { type Plugin, skip, unresolvable, unschedulable } from '../framework/plugin.ts'
import { type AffinityTerm, termMatches } from '../model/affinity-term.ts'
import type { ClusterEvent } from '../model/cluster-event.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { affinityFilter } from '../topology/affinity-filter.ts'
import { affinityScorer } from '../topology/affinity-score.ts'

const name = 'InterPodAffinity'
const rejections = {
  affinity: unresolvable(name, "node(s) didn't match pod affinity rules"),
  antiAffinity: unschedulable(name, "node(s) didn't match pod anti-affinity rules"),
  others: unschedulable(name, "node(s) didn't satisfy existing pods anti-affinity rules"),
}

/** Places pods beside those they want near and apart from those they shun, and that shun them. */
export const interPodAffinity: Plugin = {
  name,
  weight: 2,
  preFilter(cycle) {
    const filter = affinityFilter(cycle, rejections)
    return filter ? { kind: 'filter', filter } : skip
  },
  preScore: affinityScorer,
  queueingHint(event, pod) {
    switch (event.kind) {
      case 'node':
        return nodeQueueingHint(event, [...pod.affinity, ...pod.antiAffinity])
      case 'pod':
        return podQueueingHint(event, pod)
      case 'self':
        return !deepEqual(event.before.labels, event.after.labels)
      case 'namespace':
        return (
          !!event.after && !deepEqual(event.before?.metadata.labels, event.after.metadata.labels)
        )
      default:
        return false
    }
  },
}

function nodeQueueingHint(
  { before, after }: Extract<ClusterEvent, { kind: 'node' }>,
  terms: readonly AffinityTerm[],
): boolean {
  if (!after) return false
  // Anti-affinity of others: what they shun is not known here, so any change of labels counts.
  if (terms.length === 0)
    return !before || !deepEqual(before.metadata.labels, after.metadata.labels)
  return terms.some(({ topologyKey }) => {
    const value = after.metadata.labels?.[topologyKey]
    return value !== undefined && value !== before?.metadata.labels?.[topologyKey]
  })
}

function podQueueingHint(
  { before, after }: Extract<ClusterEvent, { kind: 'pod' }>,
  pod: PodInfo,
): boolean {
  // The namespace's labels are not at hand; taking the selector for matched only retries too often.
  const speaksOf = (term: AffinityTerm, other: PodInfo) =>
    termMatches({ ...term, namespaces: new Set([...term.namespaces, other.namespace]) }, other, {})
  const wanted = (other: PodInfo | undefined) =>
    !!other && pod.affinity.some((term) => speaksOf(term, other))
  const shunned = (other: PodInfo | undefined) =>
    !!other &&
    (pod.antiAffinity.some((term) => speaksOf(term, other)) ||
      other.antiAffinity.some((term) => speaksOf(term, pod)))
  return (wanted(after) && !wanted(before)) || (shunned(before) && !shunned(after))
}
