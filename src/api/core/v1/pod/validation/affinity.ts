import { validateLabelSelector } from '#machinery/selectors'
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  validateLabelKey,
} from '#machinery/validation'
import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../../../../generated/types/index.ts'
import { eachItem, ensure, invalidWith, requireValue } from '../../../../shared/checks.ts'

const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

/** Which nodes, and which pods beside it, a pod wants or shuns. */
export function validateAffinity(affinity: Affinity | undefined, path: FieldPath): FieldErrors {
  if (!affinity) return []
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, path.child('nodeAffinity')) : []),
    ...(podAffinity ? validatePodAffinity(podAffinity, path.child('podAffinity')) : []),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, path.child('podAntiAffinity')) : []),
  ]
}

function validateNodeAffinity(affinity: NodeAffinity, path: FieldPath): FieldErrors {
  const selector = affinity[required]
  return [
    ...(selector ? validateNodeSelector(selector, path.child(required)) : []),
    ...eachItem(affinity[preferred], path.child(preferred), ({ weight, preference }, at) => [
      ...validateWeight(weight, at.child('weight')),
      // A preference for a value that no node can have does no harm.
      ...validateTerm(preference ?? {}, at.child('preference'), false),
    ]),
  ]
}

/** Terms of which a node must satisfy one. */
export function validateNodeSelector(selector: NodeSelector, path: FieldPath): FieldErrors {
  const terms = path.child('nodeSelectorTerms')
  if (!selector.nodeSelectorTerms?.length) {
    return [requiredField(terms, 'must have at least one node selector term')]
  }
  return eachItem(selector.nodeSelectorTerms, terms, (term, at) => validateTerm(term, at, true))
}

function validateTerm(term: NodeSelectorTerm, path: FieldPath, checksValues: boolean): FieldErrors {
  return [
    ...eachItem(term.matchExpressions, path.child('matchExpressions'), (each, at) =>
      validateExpression(each, at, checksValues),
    ),
    ...eachItem(term.matchFields, path.child('matchFields'), validateFieldRequirement),
  ]
}

function validateExpression(
  requirement: NodeSelectorRequirement,
  path: FieldPath,
  checksValues: boolean,
): FieldErrors {
  return [
    ...validateOperator(requirement, path),
    ...validateLabelKey(requirement.key ?? '', path.child('key')),
    ...eachItem(checksValues ? requirement.values : [], path.child('values'), (value, at) =>
      invalidWith(at, value, checkLabelValue(value)),
    ),
  ]
}

function validateOperator(
  { operator, values = [] }: NodeSelectorRequirement,
  path: FieldPath,
): FieldErrors {
  const at = path.child('values')
  switch (operator) {
    case 'In':
    case 'NotIn':
      return requireValue(values.length, at, "must be specified when `operator` is 'In' or 'NotIn'")
    case 'Exists':
    case 'DoesNotExist':
      return ensure(values.length === 0, () =>
        forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      )
    case 'Gt':
    case 'Lt':
      return ensure(values.length === 1, () =>
        requiredField(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
      )
    default:
      return [invalidField(path.child('operator'), operator ?? '', 'not a valid selector operator')]
  }
}

function validateFieldRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: FieldPath,
): FieldErrors {
  const operatorErrors =
    operator === 'In' || operator === 'NotIn'
      ? ensure(values.length === 1, () =>
          requiredField(
            path.child('values'),
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
          ),
        )
      : [invalidField(path.child('operator'), operator ?? '', 'not a valid selector operator')]
  const keyErrors =
    key === 'metadata.name'
      ? eachItem(values, path.child('values'), (value, at) =>
          invalidWith(at, value, checkDns1123Subdomain(value)),
        )
      : [invalidField(path.child('key'), key ?? '', 'not a valid field selector key')]
  return [...operatorErrors, ...keyErrors]
}

function validatePodAffinity(affinity: PodAffinity, path: FieldPath): FieldErrors {
  return [
    ...eachItem(affinity[required], path.child(required), validatePodTerm),
    ...eachItem(affinity[preferred], path.child(preferred), ({ weight, podAffinityTerm }, at) => [
      ...validateWeight(weight, at.child('weight')),
      ...validatePodTerm(podAffinityTerm ?? { topologyKey: '' }, at.child('podAffinityTerm')),
    ]),
  ]
}

function validatePodTerm(term: PodAffinityTerm, path: FieldPath): FieldErrors {
  const { topologyKey } = term
  const at = path.child('topologyKey')
  return [
    ...validateLabelSelector(term.labelSelector, path.child('labelSelector')),
    ...validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector')),
    ...(term.namespaces ?? []).flatMap((name) =>
      invalidWith(path.child('namespace'), name, checkDns1123Label(name)),
    ),
    ...validateLabelKeys(term, path),
    ...requireValue(topologyKey, at, 'can not be empty'),
    ...validateLabelKey(topologyKey ?? '', at),
  ]
}

function validateLabelKeys(term: PodAffinityTerm, path: FieldPath): FieldErrors {
  const { matchLabelKeys = [], mismatchLabelKeys = [] } = term
  const mismatched = new Set(mismatchLabelKeys)
  const needsSelector = (name: 'matchLabelKeys' | 'mismatchLabelKeys') =>
    ensure(Boolean(term.labelSelector) || !term[name]?.length, () =>
      forbiddenField(path.child(name), 'must not be specified when labelSelector is not set'),
    )
  const keys = (name: 'matchLabelKeys' | 'mismatchLabelKeys') =>
    eachItem(term[name], path.child(name), (key, at) => validateLabelKey(key, at))
  return [
    ...needsSelector('matchLabelKeys'),
    ...needsSelector('mismatchLabelKeys'),
    ...keys('matchLabelKeys'),
    ...keys('mismatchLabelKeys'),
    ...eachItem(matchLabelKeys, path.child('matchLabelKeys'), (key, at) =>
      ensure(!mismatched.has(key), () =>
        invalidField(at, key, 'exists in both matchLabelKeys and mismatchLabelKeys'),
      ),
    ),
  ]
}

function validateWeight(weight: number | undefined, path: FieldPath): FieldErrors {
  const given = weight ?? 0
  return ensure(given >= 1 && given <= 100, () =>
    invalidField(path, given, 'must be in the range 1-100'),
  )
}
