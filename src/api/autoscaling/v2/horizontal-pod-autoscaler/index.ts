import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  MetricSpec,
} from '../../../generated/types/autoscaling-v2.ts'
import { change, fillAbsent } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { autoscalerColumns } from './columns.ts'
import { validateAutoscaler, validateAutoscalerUpdate } from './validation.ts'

const defaultMetric: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}

const twice = { type: 'Percent', value: 100, periodSeconds: 15 }
/** How fast a workload grows or shrinks by a behaviour that does not say it. */
const defaultScaleUp: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, twice],
}
const defaultScaleDown: HPAScalingRules = { selectPolicy: 'Max', policies: [twice] }

/** HorizontalPodAutoscalers say how a workload is to be scaled by its load. */
export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>(
  { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
  {
    columns: autoscalerColumns,
    default: withDefaults,
    prepareForCreate: (draft) => withStatus(draft, { currentReplicas: 0, desiredReplicas: 0 }),
    prepareForUpdate: keepStatus,
    validate: validateAutoscaler,
    validateUpdate: validateAutoscalerUpdate,
    subresources: { status: statusPart() },
  },
)

function withDefaults(autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const given = autoscaler.spec ?? ({} as HorizontalPodAutoscalerSpec)
  const spec = fillAbsent(given, { minReplicas: 1 })
  const metered = spec.metrics?.length ? spec : { ...spec, metrics: [defaultMetric] }
  return change(autoscaler, { spec: withBehavior(metered) })
}

/** Where a behaviour is given, both of its directions are whole. */
function withBehavior(spec: HorizontalPodAutoscalerSpec): HorizontalPodAutoscalerSpec {
  const { behavior } = spec
  if (!behavior) return spec
  const scaleUp = fillAbsent(behavior.scaleUp ?? {}, defaultScaleUp)
  const scaleDown = fillAbsent(behavior.scaleDown ?? {}, defaultScaleDown)
  return change(spec, { behavior: change(behavior, { scaleUp, scaleDown }) })
}
