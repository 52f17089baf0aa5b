import type { HorizontalPodAutoscaler } from '../../../generated/types/autoscaling-v1.ts'
import type {
  MetricSpec,
  MetricStatus,
  HorizontalPodAutoscaler as Stored,
} from '../../../generated/types/autoscaling-v2.ts'
import {
  behaviorText,
  metricFromV1,
  metricToV1,
  readBehavior,
  statusFromV1,
  statusToV1,
} from './metrics.ts'

const prefix = 'autoscaling.alpha.kubernetes.io/'
/** What v1 has no fields for stands in annotations, which are made and read by the conversion alone. */
const annotationOf = {
  metrics: `${prefix}metrics`,
  statuses: `${prefix}current-metrics`,
  conditions: `${prefix}conditions`,
  behavior: `${prefix}behavior`,
} as const
const ours: ReadonlySet<string> = new Set(Object.values(annotationOf))

type Annotations = Readonly<Record<string, string>>

function isCpu({ type, resource }: MetricSpec): boolean {
  return (
    type === 'Resource' &&
    resource?.name === 'cpu' &&
    resource.target.averageUtilization !== undefined
  )
}

/** An object as v1 shows it (upstream: `Convert_autoscaling_HorizontalPodAutoscaler_To_v1_…`). */
export function fromStored({ metadata, spec, status, ...rest }: Stored): HorizontalPodAutoscaler {
  const {
    metrics = [],
    behavior,
    ...plain
  } = spec ?? { scaleTargetRef: { kind: '', name: '' }, maxReplicas: 0 }
  const { currentMetrics = [], conditions = [], ...counts } = status ?? {}
  const cpu = metrics.find(isCpu)?.resource?.target.averageUtilization
  const others = metrics.filter((metric) => !isCpu(metric)).map(metricToV1)
  const current = currentMetrics.findLast(({ resource }) => resource?.name === 'cpu')
  const used = current?.resource?.current.averageUtilization
  const annotations = {
    ...withoutOurs(metadata?.annotations),
    ...(others.length > 0 && { [annotationOf.metrics]: JSON.stringify(others) }),
    ...(currentMetrics.length > 0 && {
      [annotationOf.statuses]: JSON.stringify(currentMetrics.map(statusToV1)),
    }),
    ...(behavior && { [annotationOf.behavior]: behaviorText(behavior) }),
    ...(conditions.length > 0 && { [annotationOf.conditions]: JSON.stringify(conditions) }),
  }
  const shown = {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, annotations),
    spec: { ...plain, ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }) },
    ...(status && {
      status: {
        ...counts,
        ...(used !== undefined && { currentCPUUtilizationPercentage: used }),
      },
    }),
  }
  // Cast: the same members as v1 has them.
  return shown as object as HorizontalPodAutoscaler
}

/** An object of v1 as it is stored; without any metric it is the CPU at 80 percent. */
export function toStored({ metadata, spec, status, ...rest }: HorizontalPodAutoscaler): Stored {
  const annotations = metadata?.annotations ?? {}
  const { targetCPUUtilizationPercentage: cpu, ...plain } = spec ?? {}
  const { currentCPUUtilizationPercentage: used, ...counts } = status ?? {}
  const listed = listIn(annotations, annotationOf.metrics).map(metricFromV1)
  const metrics = [...listed, ...(cpu === undefined ? [] : [cpuMetric(cpu)])]
  const statuses = listIn(annotations, annotationOf.statuses).map(statusFromV1)
  const conditions = listIn(annotations, annotationOf.conditions)
  const behavior = readBehavior(annotations[annotationOf.behavior])
  const currentMetrics = statuses.length > 0 || used === undefined ? statuses : [cpuStatus(used)]
  const stored = {
    ...rest,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, withoutOurs(annotations)),
    spec: {
      ...plain,
      metrics: metrics.length > 0 ? metrics : [cpuMetric(defaultCpu)],
      ...(behavior && { behavior }),
    },
    ...(status && {
      status: {
        ...counts,
        ...(currentMetrics.length > 0 && { currentMetrics }),
        ...(conditions.length > 0 && { conditions }),
      },
    }),
  }
  // Cast: the same members as v2 has them.
  return stored as object as Stored
}

const defaultCpu = 80

function cpuMetric(averageUtilization: number): MetricSpec {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  }
}

function cpuStatus(averageUtilization: number): MetricStatus {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } }
}

function withoutOurs(annotations: Annotations = {}): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !ours.has(name)))
}

function withAnnotations<T extends { readonly annotations?: Annotations }>(
  metadata: T | undefined,
  annotations: Annotations,
): T | undefined {
  if (!metadata) return undefined
  const { annotations: _, ...rest } = metadata
  // Cast: the same metadata with other annotations.
  return (Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest) as T
}

/** What cannot be read counts as nothing, as upstream has it. */
function listIn(
  annotations: Annotations,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(annotations[name] ?? '[]')
    return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each) : []
  } catch {
    return []
  }
}
