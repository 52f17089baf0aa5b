import type { Lease, Node, NodeCondition } from '#api'
import { formatTime, type Stored } from '#machinery'

/** What the controller has seen of a node, on the controller's own clock. */
export interface NodeHealth {
  /** When the node last showed a sign of life: a newer lease, or a newer heartbeat. */
  readonly probedMs: number
  readonly heartbeat: string | undefined
  readonly leaseRenewal: string | undefined
}

export interface HealthRules {
  readonly monitorGraceMs: number
  /** For nodes that have never posted a status. */
  readonly startupGraceMs: number
}

export interface Judgement {
  readonly health: NodeHealth
  /** The node's conditions, changed where it has been silent for too long. */
  readonly conditions: readonly NodeCondition[]
  readonly changed: boolean
}

const watchedConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

/**
 * Looks at one node (upstream: tryUpdateNodeHealth). Signs of life count when they are seen to
 * change, not by what they say, so clocks of nodes need not agree with ours.
 */
export function judge(
  node: Stored<Node>,
  lease: Lease | undefined,
  held: NodeHealth | undefined,
  now: { readonly monotonicMs: number; readonly wallMs: number } & HealthRules,
): Judgement {
  const ready = readyCondition(node)
  const heartbeat = ready?.lastHeartbeatTime
  const leaseRenewal = lease?.spec?.renewTime
  const alive = !held || heartbeat !== held.heartbeat || isLater(leaseRenewal, held.leaseRenewal)
  const health: NodeHealth = {
    probedMs: alive ? now.monotonicMs : held.probedMs,
    heartbeat,
    leaseRenewal: leaseRenewal ?? held?.leaseRenewal,
  }
  const graceMs = ready ? now.monitorGraceMs : now.startupGraceMs
  const conditions = node.status?.conditions ?? []
  // Upstream asks for more than the grace, and its looks take a moment each: the one that is due at
  // the end of the grace comes after it. On virtual time it comes at that very instant.
  if (now.monotonicMs < health.probedMs + graceMs) return { health, conditions, changed: false }
  const silent = silentConditions(node, formatTime(now.wallMs))
  return { health, conditions: silent, changed: silent.some((each, i) => each !== conditions[i]) }
}

export function readyCondition(node: Node): NodeCondition | undefined {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')
}

function silentConditions(node: Stored<Node>, now: string): readonly NodeCondition[] {
  const conditions = node.status?.conditions ?? []
  const known = conditions.map((condition) => {
    const watched = (watchedConditions as readonly string[]).includes(condition.type)
    if (!watched || condition.status === 'Unknown') return condition
    return {
      ...condition,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime: now,
    }
  })
  const missing = watchedConditions
    .filter((type) => !conditions.some((condition) => condition.type === type))
    .map((type) => ({
      type,
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: node.metadata.creationTimestamp,
      lastTransitionTime: now,
    }))
  return [...known, ...missing]
}

/** MicroTimes of one format and length compare as text. */
function isLater(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && (b === undefined || a > b)
}
