import type { Node } from '#api'
import type { Stored } from '#machinery'
import { matchesLabels, selectorFromObject } from '#machinery/selectors'
import { type Plugin, skip, unresolvable, unschedulable } from '../framework/plugin.ts'
import type { ClusterEvent } from '../model/cluster-event.ts'
import type { PodInfo } from '../model/pod-info.ts'
import { hardSpreadFilter } from '../topology/hard-spread.ts'
import { softSpreadScorer } from '../topology/soft-spread.ts'

const name = 'PodTopologySpread'
const reason = "node(s) didn't match pod topology spread constraints"
const rejections = {
  tooSkewed: unschedulable(name, reason),
  missingLabel: unresolvable(name, `${reason} (missing required label)`),
}

/** Spreads the pods that belong together over zones, hosts and other topologies. */
export const podTopologySpread: Plugin = {
  name,
  weight: 2,
  preFilter(cycle) {
    const filter = hardSpreadFilter(cycle, rejections)
    return filter ? { kind: 'filter', filter } : skip
  },
  preScore: softSpreadScorer,
  queueingHint(event, pod) {
    const constraints = (pod.pod.spec?.topologySpreadConstraints ?? []).filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
    )
    if (event.kind === 'node') {
      const keys = constraints.map(({ topologyKey }) => topologyKey)
      return nodeQueueingHint(keys, event.before, event.after)
    }
    if (event.kind !== 'pod' && event.kind !== 'self') return false
    const isCounted = (other: PodInfo | undefined) =>
      other?.namespace === pod.namespace &&
      constraints.some(({ labelSelector }) =>
        matchesLabels(selectorFromObject(labelSelector), other.labels),
      )
    return podQueueingHint(event, isCounted)
  },
}

/** A node with all keys that comes, goes or changes its domains. */
function nodeQueueingHint(
  keys: readonly string[],
  before: Stored<Node> | undefined,
  after: Stored<Node> | undefined,
): boolean {
  const domains = (node: Stored<Node> | undefined) =>
    keys.map((key) => node?.metadata.labels?.[key])
  const hasAll = (node: Stored<Node> | undefined) => !domains(node).includes(undefined)
  if (before && after) {
    const moved = domains(before).join('\n') !== domains(after).join('\n')
    return moved && (hasAll(before) || hasAll(after))
  }
  return hasAll(before ?? after)
}

function podQueueingHint(
  event: Extract<ClusterEvent, { kind: 'pod' | 'self' }>,
  isCounted: (pod: PodInfo | undefined) => boolean,
): boolean {
  const { before, after } = event
  if (!before || !after) return isCounted(before ?? after)
  return isCounted(before) !== isCounted(after)
}
