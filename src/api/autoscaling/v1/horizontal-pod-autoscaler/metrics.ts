import type {
  HorizontalPodAutoscalerSpec,
  MetricSpec,
  MetricStatus,
} from '../../../generated/types/autoscaling-v2.ts'

type Json = Readonly<Record<string, unknown>>
type Behavior = NonNullable<HorizontalPodAutoscalerSpec['behavior']>

/** The member of a metric that its type names. */
const memberOf: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
}

function record(value: unknown): Json {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  // Cast: neither null nor a list.
  return isRecord ? (value as Json) : {}
}

/** Without the members that have no value. */
function some(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

function bodyOf(metric: Json): { readonly member: string; readonly body: Json } {
  const member = memberOf[String(metric.type)] ?? ''
  return { member, body: record(metric[member]) }
}

/** A metric as the annotation of v1 has it. */
export function metricToV1(metric: MetricSpec): Json {
  const { member, body } = bodyOf({ ...metric })
  const { averageUtilization, averageValue, value } = record(body.target)
  const { name: metricName, selector } = record(body.metric)
  const { name, container, describedObject } = body
  const forms: Readonly<Record<string, Json>> = {
    resource: {
      name,
      targetAverageUtilization: averageUtilization,
      targetAverageValue: averageValue,
    },
    containerResource: {
      name,
      targetAverageUtilization: averageUtilization,
      targetAverageValue: averageValue,
      container,
    },
    pods: { metricName, targetAverageValue: averageValue, selector },
    object: {
      target: describedObject,
      metricName,
      targetValue: value ?? '0',
      selector,
      averageValue,
    },
    external: {
      metricName,
      metricSelector: selector,
      targetValue: value,
      targetAverageValue: averageValue,
    },
  }
  return { type: metric.type, [member]: some(forms[member] ?? {}) }
}

/** The same the other way round. */
export function metricFromV1(metric: Json): MetricSpec {
  const { member, body } = bodyOf(metric)
  const utilization = body.targetAverageUtilization
  const byUse = some({
    type: utilization === undefined ? 'AverageValue' : 'Utilization',
    averageUtilization: utilization,
    averageValue: body.targetAverageValue,
  })
  const average = member === 'object' ? body.averageValue : body.targetAverageValue
  const byValue = some({
    type: average === undefined ? 'Value' : 'AverageValue',
    value: average === undefined ? body.targetValue : undefined,
    averageValue: average,
  })
  const named = some({ name: body.metricName, selector: body.selector ?? body.metricSelector })
  const forms: Readonly<Record<string, Json>> = {
    resource: { name: body.name, target: byUse },
    containerResource: { name: body.name, container: body.container, target: byUse },
    pods: {
      metric: named,
      target: { type: 'AverageValue', averageValue: body.targetAverageValue },
    },
    object: { describedObject: body.target, metric: named, target: byValue },
    external: { metric: named, target: byValue },
  }
  // Cast: validation looks at what a client has written there.
  return { type: metric.type, [member]: forms[member] ?? {} } as object as MetricSpec
}

/** What was measured, as the annotation of v1 has it. */
export function statusToV1(status: MetricStatus): Json {
  const { member, body } = bodyOf({ ...status })
  const { averageUtilization, averageValue, value } = record(body.current)
  const { name: metricName, selector } = record(body.metric)
  const { name, container, describedObject } = body
  const byUse = {
    name,
    currentAverageUtilization: averageUtilization,
    currentAverageValue: averageValue ?? '0',
  }
  const forms: Readonly<Record<string, Json>> = {
    resource: byUse,
    containerResource: { ...byUse, container },
    pods: { metricName, currentAverageValue: averageValue ?? '0', selector },
    object: {
      target: describedObject,
      metricName,
      currentValue: value ?? '0',
      selector,
      averageValue,
    },
    external: {
      metricName,
      metricSelector: selector,
      currentValue: value ?? '0',
      currentAverageValue: averageValue,
    },
  }
  return { type: status.type, [member]: some(forms[member] ?? {}) }
}

/** The same the other way round. */
export function statusFromV1(status: Json): MetricStatus {
  const { member, body } = bodyOf(status)
  const byUse = some({
    averageUtilization: body.currentAverageUtilization,
    averageValue: body.currentAverageValue,
  })
  const average = member === 'object' ? body.averageValue : body.currentAverageValue
  const byValue = some({ value: body.currentValue, averageValue: average })
  const named = some({ name: body.metricName, selector: body.selector ?? body.metricSelector })
  const forms: Readonly<Record<string, Json>> = {
    resource: { name: body.name, current: byUse },
    containerResource: { name: body.name, container: body.container, current: byUse },
    pods: { metric: named, current: { averageValue: body.currentAverageValue } },
    object: { describedObject: body.target, metric: named, current: byValue },
    external: { metric: named, current: byValue },
  }
  // Cast: what the conversion has written itself.
  return { type: status.type, [member]: forms[member] ?? {} } as object as MetricStatus
}

/** Upstream writes here what its own type is called in Go: names that begin with a capital. */
export function behaviorText(behavior: Behavior): string {
  return JSON.stringify(renamed(behavior, (name) => name.charAt(0).toUpperCase() + name.slice(1)))
}

/** The behaviour that an annotation tells; undefined for none, or what cannot be read. */
export function readBehavior(text: string | undefined): Behavior | undefined {
  if (text === undefined) return undefined
  try {
    const read = renamed(JSON.parse(text), (name) => name.charAt(0).toLowerCase() + name.slice(1))
    // Cast: whether it is one, the validation of what is stored says.
    return Object.keys(record(read)).length > 0 ? (record(read) as Behavior) : undefined
  } catch {
    return undefined
  }
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(
    entries.map(([name, member]) => [rename(name), renamed(member, rename)]),
  )
}
