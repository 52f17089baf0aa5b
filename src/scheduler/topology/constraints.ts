import { findUntoleratedTaint, requiredNodes, type TopologySpreadConstraint } from '#api'
import {
  formatSelector,
  matchesLabels,
  type Selector,
  selectorFromObject,
} from '#machinery/selectors'
import type { Cycle } from '../framework/plugin.ts'
import { countOf, countQuery } from '../model/aggregate.ts'
import type { NodeInfo } from '../model/node-info.ts'
import { isTerminating, type PodInfo } from '../model/pod-info.ts'

export const hostnameLabel = 'kubernetes.io/hostname'
const zoneLabel = 'topology.kubernetes.io/zone'

/** A compiled topology spread constraint of one pod. */
export interface SpreadConstraint {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  /** 1 when the pod counts in its own constraint. */
  readonly self: 0 | 1
  /** Whether the node's pods count, by the constraint's inclusion policies. */
  readonly includes: (node: NodeInfo) => boolean
  readonly matches: (pod: PodInfo) => boolean
  /** How many pods on the node the constraint counts. */
  readonly countOn: (node: NodeInfo) => number
}

export interface SoftConstraints {
  readonly constraints: readonly SpreadConstraint[]
  /** Nodes without one of the keys are left out; not so for the cluster's defaults. */
  readonly requireAllKeys: boolean
}

/** The pod's constraints that must hold. */
export function hardConstraints(cycle: Cycle): readonly SpreadConstraint[] {
  const own = cycle.pod.pod.spec?.topologySpreadConstraints ?? []
  return compileAll(
    own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule'),
    cycle,
  )
}

/** Upstream's `System` defaults, for pods that belong to a service or a controller. */
const defaults = [
  { topologyKey: hostnameLabel, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: zoneLabel, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
] as const

/** The constraints that only score: the pod's own, or the cluster's defaults where it has none. */
export function softConstraints(cycle: Cycle): SoftConstraints {
  const { pod, snapshot } = cycle
  const own = pod.pod.spec?.topologySpreadConstraints ?? []
  if (own.length > 0) {
    const soft = own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway')
    return { constraints: compileAll(soft, cycle), requireAllKeys: true }
  }
  const group = snapshot.cluster.groupSelector(pod)
  const constraints =
    group.requirements.length === 0 ? [] : compileAll(defaults, cycle, () => group)
  return { constraints, requireAllKeys: false }
}

/** Whether the node has all keys, so that it belongs to a domain of each constraint. */
export function hasAllKeys(node: NodeInfo, constraints: readonly SpreadConstraint[]): boolean {
  return constraints.every(({ topologyKey }) => node.labels[topologyKey] !== undefined)
}

type SelectorOf = (constraint: TopologySpreadConstraint) => Selector

function compileAll(
  constraints: readonly TopologySpreadConstraint[],
  { pod, snapshot }: Cycle,
  selectorOf: SelectorOf = ({ labelSelector }) => selectorFromObject(labelSelector),
): readonly SpreadConstraint[] {
  const admits = requiredNodes(pod.pod)
  return constraints.map((constraint) => {
    const selector = selectorOf(constraint)
    const matches = (other: PodInfo) =>
      other.namespace === pod.namespace &&
      !isTerminating(other) &&
      matchesLabels(selector, other.labels)
    const key = `spread|${pod.namespace}|${selector.nothing ? '-' : formatSelector(selector)}`
    const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint
    return {
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      self: matchesLabels(selector, pod.labels) ? 1 : 0,
      includes: (node) =>
        (nodeAffinityPolicy === 'Ignore' || !admits || admits(node)) &&
        (nodeTaintsPolicy === 'Ignore' || toleratesAll(pod, node)),
      matches,
      countOn: countOf(snapshot.aggregate(countQuery(key, matches))),
    }
  })
}

function toleratesAll({ pod }: PodInfo, { taints }: NodeInfo): boolean {
  const tolerations = pod.spec?.tolerations
  return !findUntoleratedTaint(taints, tolerations, ['NoSchedule', 'NoExecute'])
}
