import type { Stored } from '#machinery'
import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  notSupportedField,
  requiredField,
  validateImmutable,
  validateNonNegative,
} from '#machinery/validation'
import type {
  DaemonSet,
  DaemonSetSpec,
  DaemonSetUpdateStrategy,
  RollingUpdateDaemonSet,
} from '../../../generated/types/index.ts'
import { ensure } from '../../../shared/checks.ts'
import {
  isZeroOrZeroPercent,
  validateAtMostWhole,
  validateIntOrPercent,
} from '../../../shared/int-or-percent.ts'
import { validateWorkloadSelector, validateWorkloadTemplate } from '../workload.ts'

const specPath = fieldPath('spec')

export function validateDaemonSet({ spec = {} as DaemonSetSpec }: DaemonSet): FieldErrors {
  const { selector, minReadySeconds = 0, revisionHistoryLimit = 0 } = spec
  return [
    ...validateWorkloadSelector(selector, specPath.child('selector'), 'daemonset'),
    ...validateWorkloadTemplate(spec.template, specPath.child('template'), {
      selector,
      deadlineMessage: 'activeDeadlineSeconds in DaemonSet is not Supported',
    }),
    ...validateNonNegative(minReadySeconds, specPath.child('minReadySeconds')),
    ...validateStrategy(spec.updateStrategy ?? {}, specPath.child('updateStrategy')),
    ...validateNonNegative(revisionHistoryLimit, specPath.child('revisionHistoryLimit')),
  ]
}

export function validateDaemonSetUpdate(set: DaemonSet, old: Stored<DaemonSet>): FieldErrors {
  return [
    ...validateDaemonSet(set),
    ...validateImmutable(set.spec?.selector, old.spec?.selector, specPath.child('selector')),
  ]
}

function validateStrategy(
  { type, rollingUpdate }: DaemonSetUpdateStrategy,
  path: FieldPath,
): FieldErrors {
  switch (type) {
    case 'OnDelete':
      return []
    case 'RollingUpdate':
      return rollingUpdate
        ? validateRollingUpdate(rollingUpdate, path.child('rollingUpdate'))
        : [requiredField(path.child('rollingUpdate'))]
    default:
      return [notSupportedField(path.child('type'), type ?? '', ['RollingUpdate', 'OnDelete'])]
  }
}

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDaemonSet,
  path: FieldPath,
): FieldErrors {
  const [unavailable, surge] = [path.child('maxUnavailable'), path.child('maxSurge')]
  return [
    ...validateIntOrPercent(maxUnavailable, unavailable),
    ...validateAtMostWhole(maxUnavailable, unavailable),
    ...validateIntOrPercent(maxSurge, surge),
    ...validateAtMostWhole(maxSurge, surge),
    ...ensure(isZeroOrZeroPercent(maxUnavailable) || isZeroOrZeroPercent(maxSurge), () =>
      invalidField(surge, maxSurge, 'may not be set when maxUnavailable is non-zero'),
    ),
    ...ensure(!isZeroOrZeroPercent(maxUnavailable) || !isZeroOrZeroPercent(maxSurge), () =>
      requiredField(unavailable, 'cannot be 0 when maxSurge is 0'),
    ),
  ]
}
