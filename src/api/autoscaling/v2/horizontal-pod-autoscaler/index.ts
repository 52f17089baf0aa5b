import {
  type FieldErrors,
  type FieldPath,
  fieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  MetricSpec,
} from '../../../generated/types/autoscaling-v2.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { eachItem, ensure, requireOneOf, requireValue } from '../../../shared/checks.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { autoscalerColumns } from './columns.ts'

const path = fieldPath('spec')
const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']
const defaultMetric: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}

/** HorizontalPodAutoscalers say how a workload is to be scaled by its load. */
export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>(
  { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
  {
    columns: autoscalerColumns,
    default: withDefaults,
    prepareForCreate: (draft) => withStatus(draft, { currentReplicas: 0, desiredReplicas: 0 }),
    prepareForUpdate: keepStatus,
    validate,
    subresources: { status: statusPart() },
  },
)

function withDefaults(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const given = autoscaler.spec ?? ({} as HorizontalPodAutoscalerSpec)
  const spec = fillAbsent(given, { minReplicas: 1 })
  return change(autoscaler, {
    spec: spec.metrics?.length ? spec : { ...spec, metrics: [defaultMetric] },
  })
}

function validate({ spec }: HorizontalPodAutoscaler): FieldErrors {
  const {
    minReplicas = 1,
    maxReplicas = 0,
    scaleTargetRef,
    metrics,
  } = spec ?? ({} as HorizontalPodAutoscalerSpec)
  const target = path.child('scaleTargetRef')
  return [
    ...ensure(minReplicas >= 1, () =>
      invalidField(path.child('minReplicas'), minReplicas, 'must be greater than or equal to 1'),
    ),
    ...ensure(maxReplicas >= 1, () =>
      invalidField(path.child('maxReplicas'), maxReplicas, 'must be greater than 0'),
    ),
    ...ensure(maxReplicas >= minReplicas, () =>
      invalidField(
        path.child('maxReplicas'),
        maxReplicas,
        'must be greater than or equal to `minReplicas`',
      ),
    ),
    ...requireValue(scaleTargetRef?.kind, target.child('kind')),
    ...requireValue(scaleTargetRef?.name, target.child('name')),
    ...eachItem(metrics, path.child('metrics'), validateMetric),
  ]
}

const members = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const

function validateMetric(metric: MetricSpec, at: FieldPath): FieldErrors {
  if (!metric.type) return [requiredField(at.child('type'), 'must specify a metric source type')]
  const known = requireOneOf(metric.type, at.child('type'), metricTypes)
  if (known.length > 0) return known
  const wanted = members[metric.type as keyof typeof members]
  return [
    ...ensure(metric[wanted] !== undefined, () =>
      requiredField(at.child(wanted), 'must populate information for the given metric source'),
    ),
    ...Object.values(members).flatMap((name) =>
      ensure(name === wanted || metric[name] === undefined, () =>
        forbiddenField(at.child(name), 'must populate the given metric source only'),
      ),
    ),
  ]
}
