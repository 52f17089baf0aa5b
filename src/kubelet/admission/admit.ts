import { findUntoleratedTaint, podQosClass } from '#api'
import type { Pressure } from '../eviction/eviction-manager.ts'
import { type Candidate, type Misfit, misfitsOf } from './misfits.ts'

/** Why a node will not have a pod: reason and message of its event. */
export interface Rejection {
  readonly reason: string
  readonly message: string
}

export interface Admission extends Candidate {
  readonly operatingSystem: string
  /** What the node is short of now. */
  readonly pressure: Pressure
}

/**
 * Whether a pod that is bound to the node can be on it; undefined when it can (upstream: the
 * admission handlers of eviction and of predicates, in this order).
 */
export function rejectionOf(admission: Admission): Rejection | undefined {
  return pressed(admission) ?? foreign(admission) ?? explain(misfitsOf(admission))
}

const memoryTaint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' }
/** Upstream: SystemCriticalPriority. */
const criticalPriority = 2_000_000_000

/** A node that is short of something takes no more; of memory alone it takes those that ask for it. */
function pressed({ pod, pressure }: Admission): Rejection | undefined {
  const conditions = [
    ...(pressure.memory ? ['MemoryPressure'] : []),
    ...(pressure.disk ? ['DiskPressure'] : []),
    ...(pressure.pid ? ['PIDPressure'] : []),
  ]
  if (conditions.length === 0 || (pod.spec?.priority ?? 0) >= criticalPriority) return undefined
  if (pressure.memory && conditions.length === 1) {
    const tolerates = !findUntoleratedTaint([memoryTaint], pod.spec?.tolerations, ['NoSchedule'])
    if (podQosClass(pod) !== 'BestEffort' || tolerates) return undefined
  }
  // Upstream's text ends with this space.
  return { reason: 'Evicted', message: `The node had condition: [${conditions.join(' ')}]. ` }
}

function foreign({ pod, operatingSystem }: Admission): Rejection | undefined {
  const wanted = pod.spec?.os?.name
  if (wanted === undefined || wanted === operatingSystem) return undefined
  return {
    reason: 'PodOSNotSupported',
    message: "Failed to admit pod as the OS field doesn't match node OS",
  }
}

/** Only the first of all that is wrong is told. */
function explain([misfit]: readonly Misfit[]): Rejection | undefined {
  if (!misfit) return undefined
  if (misfit.kind === 'rule') {
    const { name, message } = misfit
    return { reason: name, message: `Predicate ${name} failed: ${message}` }
  }
  const { resource, requested, used, capacity } = misfit
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  }
}
