import type { Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  validateImmutable,
  validateNonNegative,
} from '#machinery/validation'
import type { ReplicaSet, ReplicaSetSpec } from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import { validateWorkloadSelector, validateWorkloadTemplate } from '../workload.ts'

const specPath = fieldPath('spec')

export function validateReplicaSet({ spec = {} as ReplicaSetSpec }: ReplicaSet): FieldErrors {
  const { replicas = 0, minReadySeconds = 0, selector } = spec
  return [
    ...validateNonNegative(replicas, specPath.child('replicas')),
    ...validateNonNegative(minReadySeconds, specPath.child('minReadySeconds')),
    ...validateWorkloadSelector(selector, specPath.child('selector'), 'deployment'),
    ...validateWorkloadTemplate(spec.template, specPath.child('template'), {
      selector,
      deadlineMessage: 'activeDeadlineSeconds in ReplicaSet is not Supported',
    }),
  ]
}

export function validateReplicaSetUpdate(set: ReplicaSet, old: Stored<ReplicaSet>): FieldErrors {
  return [
    ...validateReplicaSet(set),
    ...validateImmutable(set.spec?.selector, old.spec?.selector, specPath.child('selector')),
  ]
}

const counts = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
] as const

interface ReplicaCounts {
  readonly replicas?: number
  readonly fullyLabeledReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly observedGeneration?: number
}

/** Counts of replicas that fit together; also those of replication controllers. */
export function validateReplicaCounts(
  status: ReplicaCounts,
  path: FieldPath = fieldPath('status'),
): FieldErrors {
  const atMost = (name: (typeof counts)[number], bound: 'replicas' | 'readyReplicas') =>
    ensure((status[name] ?? 0) <= (status[bound] ?? 0), () =>
      invalidField(
        path.child(name),
        status[name],
        `cannot be greater than ${bound === 'replicas' ? 'status.replicas' : bound}`,
      ),
    )
  return [
    ...counts.flatMap((name) => validateNonNegative(status[name] ?? 0, path.child(name))),
    ...atMost('fullyLabeledReplicas', 'replicas'),
    ...atMost('readyReplicas', 'replicas'),
    ...atMost('availableReplicas', 'replicas'),
    ...atMost('availableReplicas', 'readyReplicas'),
  ]
}
