import type { Node, Pod } from '#api'
import type { Stored } from '#machinery'

type Reason = 'terminated' | 'out-of-service' | 'orphaned' | 'unscheduled'

export interface Garbage {
  readonly pod: Stored<Pod>
  readonly reason: Reason
}

export interface Observed {
  readonly pods: readonly Stored<Pod>[]
  readonly nodes: ReadonlyMap<string, Stored<Node>>
  /** Node names that pods stand on and that were missing for the whole quarantine. */
  readonly missingNodes: ReadonlySet<string>
  readonly terminatedThreshold: number
}

const outOfService = 'node.kubernetes.io/out-of-service'

/** Pods that nobody will finish: upstream's four kinds, in its order. */
export function findGarbage(observed: Observed): readonly Garbage[] {
  const { pods, nodes, missingNodes } = observed
  const found = new Map<Stored<Pod>, Reason>()
  const add = (pod: Stored<Pod>, reason: Reason) => void (found.has(pod) || found.set(pod, reason))
  for (const pod of surplusTerminated(observed)) add(pod, 'terminated')
  for (const pod of pods) {
    const { nodeName } = pod.spec ?? {}
    const leaving = pod.metadata.deletionTimestamp !== undefined
    const node = nodeName ? nodes.get(nodeName) : undefined
    if (leaving && node && isOutOfService(node)) add(pod, 'out-of-service')
    if (nodeName && missingNodes.has(nodeName)) add(pod, 'orphaned')
    if (leaving && !nodeName) add(pod, 'unscheduled')
  }
  return [...found].map(([pod, reason]) => ({ pod, reason }))
}

/** Ended pods beyond the threshold: evicted ones first, then the oldest. */
function surplusTerminated({ pods, terminatedThreshold }: Observed): readonly Stored<Pod>[] {
  if (terminatedThreshold <= 0) return []
  const ended = pods.filter(
    ({ status }) => !['Pending', 'Running', 'Unknown', undefined, ''].includes(status?.phase),
  )
  if (ended.length <= terminatedThreshold) return []
  const evictedFirst = (pod: Stored<Pod>) => (pod.status?.reason === 'Evicted' ? 0 : 1)
  const age = ({ metadata }: Stored<Pod>) => `${metadata.creationTimestamp}/${metadata.name}`
  return ended
    .toSorted((a, b) => evictedFirst(a) - evictedFirst(b) || (age(a) < age(b) ? -1 : 1))
    .slice(0, ended.length - terminatedThreshold)
}

function isOutOfService({ spec, status }: Node): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
  return !ready && (spec?.taints ?? []).some(({ key }) => key === outOfService)
}
