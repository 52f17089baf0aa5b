import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from '../../../generated/types/autoscaling-v2.ts'
import { eachItem, ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'
import { checkPathSegment, validateMetric } from './metrics.ts'

const path = fieldPath('spec')
const target = path.child('scaleTargetRef')
const maxPeriodSeconds = 1800
const maxStabilizationSeconds = 3600

/** A new autoscaler; the group of what it scales must be said but for a ReplicationController's. */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldErrors {
  return spec ? validateSpec(spec, apiVersionErrors(spec.scaleTargetRef)) : []
}

/** An update may leave an apiVersion that is wrong as it was. */
export function validateAutoscalerUpdate(
  { spec }: HorizontalPodAutoscaler,
  old: HorizontalPodAutoscaler,
): FieldErrors {
  if (!spec) return []
  const [own, before] = [spec.scaleTargetRef, old.spec?.scaleTargetRef]
  const isSame = own.apiVersion === before?.apiVersion && own.kind === before?.kind
  return validateSpec(spec, isSame ? [] : apiVersionErrors(own))
}

function validateSpec(spec: HorizontalPodAutoscalerSpec, ofTarget: FieldErrors): FieldErrors {
  const { minReplicas = 1, maxReplicas = 0, scaleTargetRef, metrics, behavior } = spec
  const invalidMax = (detail: string) =>
    invalidField(path.child('maxReplicas'), maxReplicas, detail)
  return [
    ...ensure(minReplicas >= 1, () =>
      invalidField(path.child('minReplicas'), minReplicas, 'must be greater than or equal to 1'),
    ),
    ...ensure(maxReplicas !== 0, () =>
      requiredField(path.child('maxReplicas'), 'must be set and greater than 0'),
    ),
    ...ensure(maxReplicas >= 0, () => invalidMax('must be greater than or equal to 1')),
    ...ensure(maxReplicas >= minReplicas, () =>
      invalidMax('must be greater than or equal to `minReplicas`'),
    ),
    ...requireSegment(scaleTargetRef.kind, target.child('kind')),
    ...requireSegment(scaleTargetRef.name, target.child('name')),
    ...ofTarget,
    ...eachItem(metrics, path.child('metrics'), validateMetric),
    ...validateRules(behavior?.scaleUp, path.child('behavior', 'scaleUp')),
    ...validateRules(behavior?.scaleDown, path.child('behavior', 'scaleDown')),
  ]
}

function requireSegment(value: string, at: FieldPath): FieldErrors {
  return value ? invalidWith(at, value, checkPathSegment(value)) : [requiredField(at)]
}

function apiVersionErrors({ apiVersion = '', kind }: CrossVersionObjectReference): FieldErrors {
  const at = target.child('apiVersion')
  const parts = apiVersion.split('/')
  if (parts.length > 2) {
    return [invalidField(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  }
  const hasGroup = parts.length === 2 && parts[0] !== ''
  return ensure(hasGroup || kind === 'ReplicationController', () =>
    invalidField(at, apiVersion, 'apiVersion must specify API group'),
  )
}

function validateRules(rules: HPAScalingRules | undefined, at: FieldPath): FieldErrors {
  if (!rules) return []
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules
  const invalidWindow = (detail: string) =>
    invalidField(at.child('stabilizationWindowSeconds'), window, detail)
  return [
    ...ensure(window >= 0, () => invalidWindow('must be greater than or equal to zero')),
    ...ensure(window <= maxStabilizationSeconds, () =>
      invalidWindow(`must be less than or equal to ${maxStabilizationSeconds}`),
    ),
    ...(selectPolicy === undefined
      ? []
      : requireOneOf(selectPolicy, at.child('selectPolicy'), ['Disabled', 'Max', 'Min'])),
    ...ensure(policies.length > 0, () =>
      requiredField(at.child('policies'), 'must specify at least one Policy'),
    ),
    ...eachItem(policies, at.child('policies'), validatePolicy),
    ...ensure(!tolerance?.startsWith('-'), () =>
      invalidField(at.child('tolerance'), tolerance, 'must be greater than or equal to 0'),
    ),
  ]
}

function validatePolicy(
  { type, value, periodSeconds }: HPAScalingPolicy,
  at: FieldPath,
): FieldErrors {
  const period = at.child('periodSeconds')
  const above = 'must be greater than zero'
  return [
    ...requireOneOf(type, at.child('type'), ['Percent', 'Pods']),
    ...ensure(value > 0, () => invalidField(at.child('value'), value, above)),
    ...ensure(periodSeconds > 0, () => invalidField(period, periodSeconds, above)),
    ...ensure(periodSeconds <= maxPeriodSeconds, () =>
      invalidField(period, periodSeconds, `must be less than or equal to ${maxPeriodSeconds}`),
    ),
  ]
}
