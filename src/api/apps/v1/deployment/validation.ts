import type { Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  notSupportedField,
  requiredField,
  validateImmutable,
  validateNonNegative,
} from '#machinery/validation'
import type {
  Deployment,
  DeploymentSpec,
  DeploymentStatus,
  DeploymentStrategy,
  RollingUpdateDeployment,
} from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import {
  isZeroOrZeroPercent,
  validateAtMostWhole,
  validateIntOrPercent,
} from '../../../shared/int-or-percent.ts'
import { validateWorkloadSelector, validateWorkloadTemplate } from '../workload.ts'

const specPath = fieldPath('spec')

export function validateDeployment({ spec }: Deployment): FieldErrors {
  return validateSpec(spec ?? ({} as DeploymentSpec), specPath)
}

/** The selector stays what it was: pods made by the old one would be lost. */
export function validateDeploymentUpdate(
  deployment: Deployment,
  old: Stored<Deployment>,
): FieldErrors {
  return [
    ...validateDeployment(deployment),
    ...validateImmutable(deployment.spec?.selector, old.spec?.selector, specPath.child('selector')),
  ]
}

function validateSpec(spec: DeploymentSpec, path: FieldPath): FieldErrors {
  const { replicas = 0, minReadySeconds = 0, revisionHistoryLimit = 0 } = spec
  return [
    ...validateNonNegative(replicas, path.child('replicas')),
    ...validateWorkloadSelector(spec.selector, path.child('selector'), 'deployment'),
    ...validateWorkloadTemplate(spec.template, path.child('template'), {
      selector: spec.selector,
      deadlineMessage: 'activeDeadlineSeconds in ReplicaSet is not Supported',
    }),
    ...validateStrategy(spec.strategy ?? {}, path.child('strategy')),
    ...validateNonNegative(minReadySeconds, path.child('minReadySeconds')),
    ...validateNonNegative(revisionHistoryLimit, path.child('revisionHistoryLimit')),
    ...validateDeadline(spec, path.child('progressDeadlineSeconds')),
  ]
}

function validateDeadline(
  { progressDeadlineSeconds, minReadySeconds = 0 }: DeploymentSpec,
  path: FieldPath,
): FieldErrors {
  if (progressDeadlineSeconds === undefined) return []
  return [
    ...validateNonNegative(progressDeadlineSeconds, path),
    ...ensure(progressDeadlineSeconds > minReadySeconds, () =>
      invalidField(path, progressDeadlineSeconds, 'must be greater than minReadySeconds'),
    ),
  ]
}

function validateStrategy(
  { type, rollingUpdate }: DeploymentStrategy,
  path: FieldPath,
): FieldErrors {
  const rolling = path.child('rollingUpdate')
  switch (type) {
    case 'Recreate':
      return ensure(!rollingUpdate, () =>
        forbiddenField(rolling, "may not be specified when strategy `type` is 'Recreate'"),
      )
    case 'RollingUpdate':
      return rollingUpdate
        ? validateRollingUpdate(rollingUpdate, rolling)
        : [requiredField(rolling, 'this should be defaulted and never be nil')]
    default:
      return [notSupportedField(path.child('type'), type ?? '', ['Recreate', 'RollingUpdate'])]
  }
}

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDeployment,
  path: FieldPath,
): FieldErrors {
  const unavailable = path.child('maxUnavailable')
  return [
    ...validateIntOrPercent(maxUnavailable, unavailable),
    ...validateIntOrPercent(maxSurge, path.child('maxSurge')),
    ...ensure(!isZeroOrZeroPercent(maxUnavailable) || !isZeroOrZeroPercent(maxSurge), () =>
      invalidField(unavailable, maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
    ),
    ...validateAtMostWhole(maxUnavailable, unavailable),
  ]
}

const counts = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
] as const

/** Counts that fit together (upstream: ValidateDeploymentStatus). */
export function validateDeploymentStatus(
  { status = {} }: Deployment,
  old: Stored<Deployment>,
): FieldErrors {
  const path = fieldPath('status')
  const atMost = (name: keyof DeploymentStatus, bound: 'replicas' | 'readyReplicas') => {
    const value = Number(status[name] ?? 0)
    const words = bound === 'replicas' ? 'status.replicas' : 'readyReplicas'
    return ensure(value <= (status[bound] ?? 0), () =>
      invalidField(path.child(name), value, `cannot be greater than ${words}`),
    )
  }
  const collisions = status.collisionCount
  return [
    ...counts.flatMap((name) => validateNonNegative(status[name] ?? 0, path.child(name))),
    ...atMost('updatedReplicas', 'replicas'),
    ...atMost('readyReplicas', 'replicas'),
    ...atMost('availableReplicas', 'replicas'),
    ...atMost('availableReplicas', 'readyReplicas'),
    ...ensure((collisions ?? 0) >= (old.status?.collisionCount ?? 0), () =>
      invalidField(path.child('collisionCount'), collisions ?? null, 'cannot be decremented'),
    ),
  ]
}
