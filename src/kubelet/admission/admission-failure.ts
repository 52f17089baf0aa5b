import { findUntoleratedTaint, podQosClass } from '#api'
import type { Pressure } from '../eviction/eviction-manager.ts'
import { type Candidate, type PredicateFailure, predicateFailuresOf } from './predicates.ts'

/** Why a pod is not admitted: reason and message of its event and status (upstream: PodAdmitResult). */
export interface AdmissionFailure {
  readonly reason: string
  readonly message: string
}

/** A pod that asks to be admitted, and what decides about it. */
export interface PodAdmission extends Candidate {
  readonly operatingSystem: string
  /** What the node is short of now. */
  readonly pressure: Pressure
}

/**
 * Gives why a pod that is bound to the node cannot be on it; undefined when it can (upstream: the
 * admission handlers of eviction and of predicates, in this order).
 */
export function admissionFailureOf(admission: PodAdmission): AdmissionFailure | undefined {
  return (
    pressureFailure(admission) ??
    operatingSystemFailure(admission) ??
    failureOf(predicateFailuresOf(admission))
  )
}

const memoryTaint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' }
/** Upstream: SystemCriticalPriority. */
const criticalPriority = 2_000_000_000

/** A node that is short of something takes no more; of memory alone it takes those that ask for it. */
function pressureFailure({ pod, pressure }: PodAdmission): AdmissionFailure | undefined {
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

function operatingSystemFailure({
  pod,
  operatingSystem,
}: PodAdmission): AdmissionFailure | undefined {
  const wanted = pod.spec?.os?.name
  if (wanted === undefined || wanted === operatingSystem) return undefined
  return {
    reason: 'PodOSNotSupported',
    message: "Failed to admit pod as the OS field doesn't match node OS",
  }
}

/** Only the first of all that is wrong is told. */
function failureOf([failure]: readonly PredicateFailure[]): AdmissionFailure | undefined {
  if (!failure) return undefined
  if (failure.kind === 'rule') {
    const { name, message } = failure
    return { reason: name, message: `Predicate ${name} failed: ${message}` }
  }
  const { resource, requested, used, capacity } = failure
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  }
}
