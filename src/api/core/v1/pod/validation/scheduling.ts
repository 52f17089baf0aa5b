import { validateLabelSelector } from '#machinery/selectors'
import {
  checkLabelValue,
  duplicateField,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  notSupportedField,
  requiredField,
  validateLabelKey,
} from '#machinery/validation'
import type {
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from '../../../../generated/types/index.ts'
import {
  eachItem,
  ensure,
  onlyOnce,
  requireOneOf,
  requirePositive,
  requireValue,
} from '../../../../shared/checks.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Which taints a pod bears, and for how long. */
export function validateTolerations(
  tolerations: readonly Toleration[] | undefined,
  path: FieldPath,
): FieldErrors {
  return eachItem(tolerations, path, (toleration, at) => {
    const { key, operator = '', effect = '', tolerationSeconds } = toleration
    return [
      ...(key ? validateLabelKey(key, at.child('key')) : []),
      ...ensure(Boolean(key) || operator === 'Exists', () =>
        invalidField(
          at.child('operator'),
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      ),
      ...ensure(tolerationSeconds === undefined || effect === 'NoExecute', () =>
        invalidField(
          at.child('effect'),
          effect,
          "effect must be 'NoExecute' when `tolerationSeconds` is set",
        ),
      ),
      ...validateTolerationOperator(toleration, at.child('operator')),
      ...(effect ? validateTaintEffect(effect, at.child('effect')) : []),
    ]
  })
}

/** What a taint does. */
export function validateTaintEffect(effect: string, path: FieldPath): FieldErrors {
  if (!effect) return [requiredField(path)]
  return requireOneOf(effect, path, effects)
}

function validateTolerationOperator(toleration: Toleration, path: FieldPath): FieldErrors {
  const { operator = '', value = '' } = toleration
  switch (operator) {
    case '':
    case 'Equal': {
      const messages = checkLabelValue(value)
      return ensure(messages.length === 0, () => invalidField(path, value, messages.join(';')))
    }
    case 'Exists':
      return ensure(value === '', () =>
        invalidField(path, value, "value must be empty when `operator` is 'Exists'"),
      )
    default:
      return [notSupportedField(path, operator, ['Equal', 'Exists'])]
  }
}

/** How evenly pods spread over the nodes. */
export function validateSpreadConstraints(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: FieldPath,
): FieldErrors {
  const seen = new Set<string>()
  return eachItem(constraints, path, (constraint, at) => {
    const { topologyKey = '', whenUnsatisfiable = '' } = constraint
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
    const repeated = seen.has(pair)
    seen.add(pair)
    return [
      ...requirePositive(constraint.maxSkew ?? 0, at.child('maxSkew')),
      ...requireValue(topologyKey, at.child('topologyKey'), 'can not be empty'),
      ...requireOneOf(whenUnsatisfiable, at.child('whenUnsatisfiable'), [
        'DoNotSchedule',
        'ScheduleAnyway',
      ]),
      ...ensure(!repeated, () =>
        duplicateField(at.child('{topologyKey, whenUnsatisfiable}'), pair),
      ),
      ...validateMinDomains(constraint, at.child('minDomains')),
      ...validatePolicies(constraint, at),
      ...validateSpreadKeys(constraint, at.child('matchLabelKeys')),
      ...validateLabelSelector(constraint.labelSelector, at.child('labelSelector')),
    ]
  })
}

function validateMinDomains(
  { minDomains, whenUnsatisfiable }: TopologySpreadConstraint,
  path: FieldPath,
): FieldErrors {
  if (minDomains === undefined) return []
  const rule = 'can only use minDomains if whenUnsatisfiable=DoNotSchedule'
  return [
    ...requirePositive(minDomains, path),
    ...ensure(whenUnsatisfiable === 'DoNotSchedule', () =>
      invalidField(path, minDomains, `${rule}, not ${whenUnsatisfiable}`),
    ),
  ]
}

function validatePolicies(constraint: TopologySpreadConstraint, path: FieldPath): FieldErrors {
  return (['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const).flatMap((name) =>
    constraint[name] === undefined
      ? []
      : requireOneOf(constraint[name], path.child(name), ['Honor', 'Ignore']),
  )
}

function validateSpreadKeys(
  { matchLabelKeys, labelSelector }: TopologySpreadConstraint,
  path: FieldPath,
): FieldErrors {
  if (!matchLabelKeys?.length) return []
  const selector = ensure(labelSelector !== undefined, () =>
    forbiddenField(path, 'must not be specified when labelSelector is not set'),
  )
  return [...selector, ...eachItem(matchLabelKeys, path, (key, at) => validateLabelKey(key, at))]
}

/** What holds a pod back: from the scheduler, and from being ready. */
export function validateGates(spec: PodSpec, path: FieldPath): FieldErrors {
  const seen = new Set<string>()
  return [
    ...eachItem(spec.readinessGates, path.child('readinessGates'), ({ conditionType }, at) =>
      validateLabelKey(conditionType ?? '', at.child('conditionType')),
    ),
    ...eachItem(spec.schedulingGates, path.child('schedulingGates'), ({ name }, at) => [
      ...validateLabelKey(name ?? '', at),
      ...onlyOnce(seen, name, at),
    ]),
  ]
}
