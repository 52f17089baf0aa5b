import type { Column } from '#machinery'
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../../generated/types/autoscaling-v2.ts'
import { ageColumn, integer, nameColumn, none, text, unset } from '../../../shared/columns.ts'

const unknown = '<unknown>'
const shown = 2

export const autoscalerColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn,
  text('Reference', ({ spec }) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`),
  text('Targets', targetsText),
  text('MinPods', ({ spec }) => `${spec?.minReplicas ?? unset}`),
  integer('MaxPods', ({ spec }) => spec?.maxReplicas),
  integer('Replicas', ({ status }) => status?.currentReplicas),
  ageColumn,
]

function targetsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? []
  if (metrics.length === 0) return none
  const texts = metrics.map((metric, i) => metricText(metric, status?.currentMetrics?.[i]))
  const text = texts.slice(0, shown).join(', ')
  return texts.length > shown ? `${text} + ${texts.length - shown} more...` : text
}

function metricText(metric: MetricSpec, current: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'Resource':
      return `${metric.resource?.name}: ${resourceText(metric.resource?.target, current?.resource?.current)}`
    case 'ContainerResource':
      return `${metric.containerResource?.name}: ${resourceText(metric.containerResource?.target, current?.containerResource?.current)}`
    case 'Pods':
      return `${current?.pods?.current.averageValue ?? unknown}/${metric.pods?.target.averageValue}`
    case 'Object':
      return valueText(metric.object?.target, current?.object?.current)
    case 'External':
      return valueText(metric.external?.target, current?.external?.current)
    default:
      return '<unknown type>'
  }
}

function resourceText(
  target: MetricTarget | undefined,
  current: MetricValueStatus | undefined,
): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? unknown}/${target.averageValue}`
  }
  const used = current?.averageUtilization
  const wanted = target?.averageUtilization
  return `${used === undefined ? unknown : `${used}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`
}

function valueText(
  target: MetricTarget | undefined,
  current: MetricValueStatus | undefined,
): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
  }
  return `${current?.value ?? unknown}/${target?.value}`
}
