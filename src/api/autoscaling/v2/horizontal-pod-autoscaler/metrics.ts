import { parseQuantity, quantityNumber } from '#machinery/quantity'
import {
  checkDns1123Label,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
} from '#machinery/validation'
import type { MetricSpec, MetricTarget } from '../../../generated/types/autoscaling-v2.ts'
import { ensure, invalidWith, requireOneOf } from '../../../shared/checks.ts'

const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

/** The member of each type, in the order in which upstream looks at them. */
const members = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const

type Member = (typeof members)[keyof typeof members]

/** One metric by which a workload is scaled; of several members only the first is looked into. */
export function validateMetric(metric: MetricSpec, at: FieldPath): FieldErrors {
  const present = Object.values(members).filter((name) => metric[name] !== undefined)
  const [first] = present
  // Cast: looked up by what may be no type, and then undefined.
  const wanted = members[metric.type as keyof typeof members] as Member | undefined
  // Upstream says it before it looks at the members and after.
  const known = requireOneOf(metric.type, at.child('type'), metricTypes)
  return [
    ...ensure(Boolean(metric.type), () =>
      requiredField(at.child('type'), 'must specify a metric source type'),
    ),
    ...known,
    ...(first ? sources[first](metric, at.child(first)) : []),
    ...ensure(wanted === undefined || present.includes(wanted), () =>
      requiredField(
        at.child(wanted ?? ''),
        'must populate information for the given metric source',
      ),
    ),
    ...known,
    ...(present.length === 1 ? [] : present)
      .filter((name) => name !== wanted)
      .map((name) => forbiddenField(at.child(name), 'must populate the given metric source only')),
  ]
}

const sources: Readonly<Record<Member, (metric: MetricSpec, at: FieldPath) => FieldErrors>> = {
  object: ({ object }, at) => [
    ...validateObject(object?.describedObject, at.child('describedObject')),
    ...validateName(object?.metric.name, at.child('metric', 'name')),
    ...validateTarget(object?.target, at.child('target')),
    ...ensure(hasAny(object?.target, ['value', 'averageValue']), () =>
      requiredField(
        at.child('target', 'averageValue'),
        'must set either a target value or averageValue',
      ),
    ),
  ],
  external: ({ external }, at) => [
    ...validateName(external?.metric.name, at.child('metric', 'name')),
    ...validateTarget(external?.target, at.child('target')),
    ...ensure(hasAny(external?.target, ['value', 'averageValue']), () =>
      requiredField(
        at.child('target', 'averageValue'),
        'must set either a target value for metric or a per-pod target',
      ),
    ),
    ...ensure(!hasBoth(external?.target, ['value', 'averageValue']), () =>
      forbiddenField(
        at.child('target', 'value'),
        'may not set both a target value for metric and a per-pod target',
      ),
    ),
  ],
  pods: ({ pods }, at) => [
    ...validateName(pods?.metric.name, at.child('metric', 'name')),
    ...validateTarget(pods?.target, at.child('target')),
    ...ensure(hasAny(pods?.target, ['averageValue']), () =>
      requiredField(
        at.child('target', 'averageValue'),
        'must specify a positive target averageValue',
      ),
    ),
  ],
  resource: ({ resource }, at) => [
    ...ensure(Boolean(resource?.name), () =>
      requiredField(at.child('name'), 'must specify a resource name'),
    ),
    ...validateUse(resource?.target, at.child('target')),
  ],
  containerResource: ({ containerResource: source }, at) => [
    ...ensure(Boolean(source?.name), () =>
      requiredField(at.child('name'), 'must specify a resource name'),
    ),
    ...(source?.container
      ? invalidWith(at.child('container'), source.container, checkDns1123Label(source.container))
      : [requiredField(at.child('container'), 'must specify a container')]),
    ...validateUse(source?.target, at.child('target')),
  ],
}

type Amount = 'value' | 'averageValue' | 'averageUtilization'

const hasAny = (target: MetricTarget | undefined, names: readonly Amount[]): boolean =>
  names.some((name) => target?.[name] !== undefined)

const hasBoth = (target: MetricTarget | undefined, names: readonly Amount[]): boolean =>
  names.every((name) => target?.[name] !== undefined)

function validateUse(target: MetricTarget | undefined, at: FieldPath): FieldErrors {
  const amounts = ['averageUtilization', 'averageValue'] as const
  return [
    ...validateTarget(target, at),
    ...ensure(hasAny(target, amounts), () =>
      requiredField(
        at.child('averageUtilization'),
        'must set either a target raw value or a target utilization',
      ),
    ),
    ...ensure(!hasBoth(target, amounts), () =>
      forbiddenField(
        at.child('averageValue'),
        'may not set both a target raw value and a target utilization',
      ),
    ),
  ]
}

function validateTarget(target: MetricTarget | undefined, at: FieldPath): FieldErrors {
  const { type = '', averageUtilization: use = 1, ...amounts } = target ?? { type: '' }
  const positive = (name: 'value' | 'averageValue') => {
    const text = amounts[name]
    return ensure(text === undefined || quantityNumber(parseQuantity(text)) > 0, () =>
      invalidField(at.child(name), text, 'must be positive'),
    )
  }
  const types = ['Utilization', 'Value', 'AverageValue']
  return [
    ...ensure(type !== '', () =>
      requiredField(at.child('type'), 'must specify a metric target type'),
    ),
    ...ensure(types.includes(type), () =>
      invalidField(at.child('type'), type, 'must be either Utilization, Value, or AverageValue'),
    ),
    ...positive('value'),
    ...positive('averageValue'),
    ...ensure(use >= 1, () =>
      invalidField(at.child('averageUtilization'), use, 'must be greater than 0'),
    ),
  ]
}

function validateObject(
  object:
    | { readonly kind: string; readonly name: string; readonly apiVersion?: string }
    | undefined,
  at: FieldPath,
): FieldErrors {
  const { kind = '', name = '', apiVersion = '' } = object ?? {}
  const segment = (value: string, where: FieldPath) =>
    value ? invalidWith(where, value, checkPathSegment(value)) : [requiredField(where)]
  return [
    ...segment(kind, at.child('kind')),
    ...segment(name, at.child('name')),
    ...ensure(apiVersion.split('/').length <= 2, () =>
      invalidField(
        at.child('apiVersion'),
        apiVersion,
        `unexpected GroupVersion string: ${apiVersion}`,
      ),
    ),
  ]
}

function validateName(name: string | undefined, at: FieldPath): FieldErrors {
  if (!name) return [requiredField(at, 'must specify a metric name')]
  return invalidWith(at, name, checkPathSegment(name))
}

/** What is wrong with a name that stands in a path. */
export function checkPathSegment(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return ['/', '%'].filter((each) => name.includes(each)).map((each) => `may not contain '${each}'`)
}
